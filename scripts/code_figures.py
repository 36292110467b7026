"""The figures of the code, over its syntax tree: sizes, names, rooms. `make check` prints them.

In: the folder of the repository (default: this one). Out: a table, and code 1 when a figure is beyond its limit. Limits
are what the code has reached: whoever breaks one folds, splits or renames, and does not raise it.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "befresh_agent"
SQL = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b")
SMALL, LARGE = 50, 300
LEAST_MEAN = 125
"""More modules only as far as there is more to say."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; limits are the least and the most that may be."""

    name: str
    value: float
    most: float | None
    least: float = 0
    where: str = ""

    @property
    def is_kept(self) -> bool:
        return self.value >= self.least and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        limit = "" if self.most is None else f"at most {self.most:g}"
        if self.least:
            limit = f"at least {self.least:g}" if self.most is None else f"{self.least:g} to {self.most:g}"
        return f"{self.name:34}{self.value:>8g}  {limit:14}{'' if self.is_kept else 'BROKEN  '}{self.where}".rstrip()


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    """Dotted, below the package."""
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


def modules(root: Path) -> list[Module]:
    """Every module of the package that says something."""
    source = root / "src" / PACKAGE
    found = []
    for path in sorted(source.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = ".".join(path.relative_to(source).with_suffix("").parts)
        if text.strip() and path.name != "__init__.py":
            found.append(Module(name, text, ast.parse(text)))
    return found


def figures(root: Path) -> list[Figure]:
    code = modules(root)
    return [*_sizes(code), *_names(code), *_rooms(code), Figure("lines of src and updater", _all_lines(root), None)]


def _sizes(code: list[Module]) -> Iterator[Figure]:
    large = [f"{module.name} ({module.lines})" for module in code if module.lines > LARGE]
    longest, where = max(_functions(code), default=(0, ""))
    lines = [module.lines for module in code]
    yield Figure("modules", len(code), None)
    yield Figure("lines of the mean module", round(statistics.mean(lines)), None, LEAST_MEAN)
    yield Figure("lines of the median module", statistics.median(lines), 120, 80)
    yield Figure(f"modules under {SMALL} lines", sum(module.lines < SMALL for module in code), 33)
    yield Figure(f"modules over {LARGE} lines", len(large), 2, where=", ".join(large))
    yield Figure("lines of the longest function", longest, 45, where=where)


def _functions(code: list[Module]) -> Iterator[tuple[int, str]]:
    for module in code:
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{module.name}.{node.name}"


def _classes(code: list[Module]) -> Iterator[tuple[str, str]]:
    for module in code:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                yield node.name, module.name


def _names(code: list[Module]) -> Iterator[Figure]:
    classes = set(_classes(code))
    names = {name for name, _ in classes}
    plain = {name for name in names if len(re.findall("[A-Z][a-z0-9]*", name.lstrip("_"))) == 1}
    twice = [name for name, count in Counter(name for name, _ in classes).items() if count > 1]
    files = Counter(module.name.rpartition(".")[2] for module in code)
    double = [name for name, count in files.items() if count > 1]
    yield Figure("class names of one plain word, %", round(100 * len(plain) / max(1, len(names)), 1), 20)
    yield Figure("class names with two meanings", len(twice), 0, where=", ".join(sorted(twice)))
    yield Figure("file names in two rooms", len(double), 5, where=", ".join(sorted(double)))


def _rooms(code: list[Module]) -> Iterator[Figure]:
    speaking = sorted({module.room for module in code if SQL.search(module.text)})
    circles = list(cycles({module.name: _imported(module, {one.name for one in code}) for module in code}))
    yield Figure("rooms with SQL", len(speaking), 1, where=", ".join(speaking))
    yield Figure("import cycles", len(circles), 0, where="; ".join(" - ".join(circle) for circle in circles))


def _imported(module: Module, known: set[str]) -> set[str]:
    """The modules of the package that are loaded with this one."""
    found: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.removeprefix(f"{PACKAGE}.") for name in found} & known - {module.name}


def cycles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Modules that need each other, directly or not, each once."""
    reach = {name: set(others) for name, others in graph.items()}
    for between in graph:
        for name, others in reach.items():
            if between in others:
                reach[name] = others | reach[between]
    seen: set[str] = set()
    for name in graph:
        if name in reach[name] and name not in seen:
            circle = sorted(other for other in reach[name] if name in reach[other])
            seen |= {*circle}
            yield circle


def _all_lines(root: Path) -> int:
    files = [*(root / "src").rglob("*.py"), *(root / "updater").rglob("*.py")]
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def main() -> int:
    table = figures(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
    print(*table, sep="\n")
    return 0 if all(figure.is_kept for figure in table) else 1


if __name__ == "__main__":
    raise SystemExit(main())
