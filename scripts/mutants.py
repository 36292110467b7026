"""Mutation testing of the rules that food and safety hang on.

In: tests/mutants.toml, and names of rules in it (none: all). Out: every mutant that its nearest tests let live, a table
of scores, and code 1 when one is below 95 % or a mutant lives that the table does not explain. See docs/testing.md.

mutmut changes functions. What stands outside of them (limits, patterns, defaults) it can change, but not test: that is
done here, with a forked pytest for each.
"""

import contextlib
import importlib.util
import io
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import hypothesis  # noqa: F401  # once, and not once for each mutant
import libcst
import pydantic  # noqa: F401
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.configuration import reset_config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import apply_mutant, get_diff_for_mutant
from mutmut.mutation.file_mutation import Mutation, create_mutations
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "tests" / "mutants.toml"
PACKAGES = {"befresh_agent": ROOT / "src", "befresh_update": ROOT / "updater"}
LEAST = 95
CASELESS = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|ORDER BY|LIMIT)\b|row\[|encoding=|\.(en|de)code\(")
KILLED = 1
"""As pytest ends when a test fails."""
PROCESSOR_S = 120
"""A mutant that takes so much processor time is without end, however busy the machine is."""
WAITED_S = 600
"""What only waits is given up after that. It is long, as a busy machine is no reason to call a mutant noticed."""
JOBS = len(os.sched_getaffinity(0))
PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout")
"""What the nearest tests need; every mutant would load the others too."""


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    name: str
    modules: list[str]
    tests: list[str]
    functions: list[str] = field(default_factory=list)
    """Modules whose own statements are left alone."""
    equivalent: dict[str, str] = field(default_factory=dict)
    """Changes that no test can notice, and why: the changed line, or `before -> after` outside of functions."""


@dataclass(frozen=True)
class Mutant:
    """What was changed where, and what became of it."""

    name: str
    change: str
    """For a function its lines with - and +."""
    state: str

    @property
    def is_dead(self) -> bool:
        return self.state in ("killed", "timeout")


def rules(names: list[str]) -> list[Rule]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    if unknown := set(names) - set(table):
        raise SystemExit(f"there is no rule {', '.join(sorted(unknown))}; there are {', '.join(table)}")
    return [Rule(name, **row) for name, row in table.items() if name in (names or table)]


def _options() -> list[str]:
    plugins = [word for plugin in PLUGINS for word in ("-p", plugin)]
    # What a mutant leaves unclosed would end mutmut itself.
    unwanted = [word for plugin in ("cacheprovider", "unraisableexception") for word in ("-p", f"no:{plugin}")]
    return [*plugins, *unwanted, "-o", f"timeout={WAITED_S}", "-m", "not slow"]


def _file(module: str) -> Path:
    return PACKAGES[module.partition(".")[0]] / f"{module.replace('.', '/')}.py"


def in_functions(rule: Rule) -> list[Mutant]:
    """Each mutant of a function: mutmut runs in a copy of what it needs."""
    place = ROOT / "build" / "mutants" / rule.name
    shutil.rmtree(place, ignore_errors=True)
    for package, source in PACKAGES.items():
        shutil.copytree(source / package, place / "src" / package)
    shutil.copy(ROOT / "updater" / "__main__.py", place / "src")  # a part of the updater runs as `python3 -I updater`
    for folder in ("tests", "config", "systemd"):
        shutil.copytree(ROOT / folder, place / folder)
    paths = [f"src/{module.replace('.', '/')}.py" for module in [*rule.modules, *rule.functions]]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    options = f"""
only_mutate = {paths}
pytest_add_cli_args = {_options()}
pytest_add_cli_args_test_selection = {rule.tests}
"""
    (place / "pyproject.toml").write_text(text.replace("[tool.mutmut]\n", f"[tool.mutmut]{options}"), encoding="utf-8")
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(JOBS)]
    done = subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{rule.name}: mutmut failed\n{done.stdout[-5000:]}{done.stderr[-5000:]}")
    with contextlib.chdir(place):
        reset_config()  # else mutmut looks for the rule that came first
        return _tried_again(rule, [mutant for path in paths for mutant in _results(Path(path))])


def _results(path: Path) -> Iterator[Mutant]:
    file = SourceFileMutationData(path=path)
    file.load()
    for name, code in file.exit_code_by_key.items():
        lines = get_diff_for_mutant(name, path=path).splitlines()[2:] if code != KILLED else ()
        yield Mutant(name, "\n".join(line for line in lines if line[:1] in ("-", "+")), status_by_exit_code[code])


def _tried_again(rule: Rule, mutants: list[Mutant]) -> list[Mutant]:
    """The mutants, where some were tried once more.

    What a module calls while it is imported was unchanged for mutmut; and its limit of time is one by the clock, which
    a busy machine exceeds without any mutant.
    """
    doubtful = [one for one in mutants if one.state == "timeout" or (not one.is_dead and ".x_" in one.name)]
    states = _try([(module := _module(mutant), _applied(module, mutant), rule.tests) for mutant in doubtful])
    again = dict(zip((mutant.name for mutant in doubtful), states, strict=True))
    return [replace(mutant, state=again.get(mutant.name, mutant.state)) for mutant in mutants]


def _module(mutant: Mutant) -> str:
    return re.split(r"\.x[_ǁ]", mutant.name)[0]


def _applied(module: str, mutant: Mutant) -> str:
    """The module's text with that change."""
    file = Path("src", f"{module.replace('.', '/')}.py")
    text = file.read_text(encoding="utf-8")
    apply_mutant(mutant.name)
    changed = file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    return changed


def _try(tasks: list[tuple[str, str, list[str]]]) -> list[str]:
    """Of each module and text with these tests, whether they notice."""
    with multiprocessing.get_context("fork").Pool(JOBS, maxtasksperchild=1) as pool:
        return pool.starmap(_tested, tasks, chunksize=1)


def outside_functions(rule: Rule) -> list[Mutant]:
    """Each mutant of a module's or a class's own statements."""
    tasks = [(module, *changed) for module in rule.modules for changed in _changed_modules(module)]
    states = _try([(module, text, rule.tests) for module, _, _, text in tasks])
    found = [
        Mutant(f"{module}:{line}", change, state)
        for (module, line, change, _), state in zip(tasks, states, strict=True)
    ]
    if broken := [one.name for one in found if not one.change and one.is_dead]:
        raise SystemExit(f"{rule.name}: the tests fail without any change: {', '.join(broken)}")
    return [one for one in found if one.change]


def _changed_modules(module: str) -> Iterator[tuple[int, str, str]]:
    """Line, change and text of the module as it is, and then of each mutant."""
    text = _file(module).read_text(encoding="utf-8")
    yield 0, "", text
    tree, mutations, *_ = create_mutations(str(_file(module)), text)
    places = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    for mutation in mutations:
        inside = isinstance(mutation.contained_by_top_level_function, libcst.FunctionDef)
        if not inside and not _is_type(mutation.original_node):
            changed = tree.deep_replace(mutation.original_node, mutation.mutated_node)
            assert isinstance(changed, libcst.Module)
            yield places[mutation.original_node].start.line, _described(tree, mutation), changed.code


def _is_type(node: libcst.CSTNode) -> bool:
    """`Send = Callable[...]`: a name for a type, which nothing runs."""
    value = node.value if isinstance(node, libcst.Assign | libcst.AnnAssign) else node
    union = isinstance(value, libcst.BinaryOperation) and isinstance(value.operator, libcst.BitOr)
    return union or (value is not node and isinstance(value, libcst.Subscript))


def _described(tree: libcst.Module, mutation: Mutation) -> str:
    before, after = (" ".join(tree.code_for_node(n).split()) for n in (mutation.original_node, mutation.mutated_node))
    return f"{before} -> {after}"


def _tested(module: str, text: str, tests: list[str]) -> str:
    """In a process of its own: the changed module stands where the real one would be imported."""
    os.chdir(ROOT)
    sys.path[:0] = map(str, PACKAGES.values())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        signal.signal(signal.SIGPROF, signal.default_int_handler)  # which ends pytest
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_S, 1)
        try:
            spec = importlib.util.find_spec(module)
            assert spec
            changed = sys.modules[module] = importlib.util.module_from_spec(spec)
            exec(compile(text, str(_file(module)), "exec"), changed.__dict__)
            parent, _, name = module.rpartition(".")
            setattr(sys.modules[parent], name, changed)
            if pytest.main(["-q", "-x", *_options(), *tests]) == pytest.ExitCode.OK:
                return "survived"
        except (Exception, SystemExit, KeyboardInterrupt):  # noqa: BLE001  # whatever it breaks
            pass
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return "killed"


def counts(mutant: Mutant) -> bool:
    """SQL and the names of encodings know no upper and lower case: a change of case alone is none, unless noticed."""
    lines = mutant.change.splitlines()
    before, after = ("".join(line[1:] for line in lines if line[:1] == sign) for sign in "-+")
    return mutant.is_dead or not (CASELESS.search(before) and before.lower() == after.lower())


def explanation(rule: Rule, mutant: Mutant) -> str | None:
    lines = [line.removeprefix("+").removeprefix("-").strip() for line in mutant.change.splitlines()]
    return next((rule.equivalent[line] for line in reversed(lines) if line in rule.equivalent), None)


def main() -> int:
    os.environ |= {"HYPOTHESIS": "few", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    table, unexplained = [], 0
    for rule in rules(sys.argv[1:]):
        mutants = [mutant for mutant in in_functions(rule) + outside_functions(rule) if counts(mutant)]
        alive = [mutant for mutant in mutants if not mutant.is_dead]
        for mutant in alive:
            why = explanation(rule, mutant)
            unexplained += why is None
            print(
                f"{rule.name}: {mutant.state}: {mutant.name}\n{mutant.change}\n  {why or 'NOT EXPLAINED'}\n", flush=True
            )
        table.append((rule.name, len(mutants), len(mutants) - len(alive)))
    print("rule          mutants  killed      %")
    for name, count, killed in table:
        print(f"{name:13} {count:7} {killed:7} {100 * killed / count:6.1f}")
    return unexplained > 0 or any(100 * killed < LEAST * count for _, count, killed in table)


if __name__ == "__main__":
    sys.exit(main())
