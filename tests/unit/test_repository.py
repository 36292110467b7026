"""What the repository promises to whoever clones it: locks for any machine, commands that exist, no stray places."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("run", "dev", "lab")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def lock_lines(lock: str) -> list[str]:
    lines = (ROOT / "requirements" / f"{lock}.lock").read_text().splitlines()
    return [line for line in lines if not line.lstrip().startswith("#")]


def pins(lock: str) -> set[tuple[str, str, str]]:
    found = (PIN.match(line) for line in lock_lines(lock))
    return {(pin["name"], pin["version"], (pin["marker"] or "").strip()) for pin in found if pin}


def extra(name: str) -> Iterator[Requirement]:
    """The requirements of an extra, with those of the extras it consists of."""
    for line in PROJECT["project"]["optional-dependencies"][name]:
        requirement = Requirement(line)
        if requirement.name == PROJECT["project"]["name"]:
            for inner in requirement.extras:
                yield from extra(inner)
        else:
            yield requirement


def group(name: str) -> Iterator[Requirement]:
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from group(entry["include-group"])


def core() -> Iterator[Requirement]:
    yield from map(Requirement, PROJECT["project"]["dependencies"])


def tracked_files() -> list[Path]:
    listing = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_but_pins_with_hashes(lock: str) -> None:
    """No index, no folder of wheels, no address: each machine takes packages from where it always does."""
    lines = lock_lines(lock)
    assert [line for line in lines if not PIN.match(line) and not HASH.match(line)] == []
    followers = zip(lines, [*lines[1:], ""], strict=True)
    assert [pin for pin, below in followers if PIN.match(pin) and not HASH.match(below)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_nothing_about_the_machine_it_was_made_on(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text()
    assert re.findall(r"\S*(?:://|find-links|index-url)\S*", text) == []


def test_running_and_developing_use_the_same_versions() -> None:
    assert pins("run") - pins("dev") == set()


def test_the_laboratories_change_no_version() -> None:
    """They are installed on top of what developing needs."""
    developing = {name: version for name, version, _ in pins("dev")}
    differing = [name for name, version, _ in pins("lab") if developing.get(name, version) != version]
    assert differing == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("run", [*core(), *extra("all"), *group("build")]),
        ("dev", [*core(), *extra("all"), *group("dev")]),
        ("lab", [*group("lab")]),
    ],
    ids=LOCKS,
)
def test_a_lock_pins_what_the_project_asks_for(lock: str, wanted: list[Requirement]) -> None:
    pinned: dict[str, list[str]] = {}
    for name, version, _ in pins(lock):
        pinned.setdefault(canonicalize_name(name), []).append(version)
    unmet = [
        str(requirement)
        for requirement in wanted
        if not any(requirement.specifier.contains(v) for v in pinned.get(canonicalize_name(requirement.name), []))
    ]
    assert unmet == [], "run `make lock`"


def test_every_extra_is_part_of_all_but_what_is_large_and_needs_a_model_besides() -> None:
    names = set(PROJECT["project"]["optional-dependencies"]) - {"all", "whisper"}
    assert {r.name for r in extra("all")} == {r.name for name in names for r in extra(name)}


def test_every_requirement_has_a_lower_bound() -> None:
    """Without one, an old index or an unusual machine silently gets an ancient release."""
    requirements = [*core(), *extra("all"), *group("dev"), *group("lab")]
    assert [str(r) for r in requirements if not any(part.operator in {">=", "=="} for part in r.specifier)] == []


def test_no_file_names_a_place_that_only_one_machine_has() -> None:
    places = re.compile(r"(?<![\w.-])/(?:root|work|opt/wheels)/|\.pyen[v]/|python[h]osted")
    found = {path: places.findall(path.read_text(errors="replace")) for path in tracked_files()}
    assert {str(path.relative_to(ROOT)): hits for path, hits in found.items() if hits} == {}


def test_packages_mark_themselves_with_an_empty_file() -> None:
    package = ROOT / "src" / "befresh_agent"
    inits = [path for path in tracked_files() if path.name == "__init__.py" and package in path.parent.parents]
    assert [str(path.relative_to(ROOT)) for path in inits if path.read_bytes()] == []


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda page: page.name)
def test_the_commands_a_page_shows_exist(page: Path) -> None:
    code = re.findall(r"```.*?```|`[^`\n]+`", page.read_text(), re.DOTALL)
    shown = {target for piece in code for target in re.findall(r"(?:^`?|&& )make ([a-z-]+)", piece, re.MULTILINE)}
    assert shown - make_targets() == set()


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_the_tests_a_page_names_exist(page: Path) -> None:
    """By their path, or by the name of their file alone; how-to pages name some that are yet to be written."""
    there = {str(path.relative_to(ROOT)) for path in tracked_files() if path.is_relative_to(ROOT / "tests")}
    there |= {path.rpartition("/")[2] for path in there}
    shown = re.findall(r"`((?:[a-z_]+/)*test_[a-z0-9_]+\.py)\b", page.read_text(encoding="utf-8"))
    ends = {name: any(path.endswith(name) for path in there) for name in shown}
    assert [name for name, found in ends.items() if not found] == []


def test_every_row_of_what_goes_wrong_on_a_pi_is_accounted_for() -> None:
    """It names a test or the virtual Pi, or says that neither can show it."""
    page = (ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([AB]\d+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert [row for row, _, _ in rows] == [f"A{n}" for n in range(1, 18)] + [f"B{n}" for n in range(1, 13)]
    shown = re.compile(r"`(?:[a-z_]+/)*test_[a-z0-9_]+\.py`|the virtual Pi|cannot be shown here|no test")
    assert [row for row, _, by in rows if not shown.search(by)] == []


@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_whoever_clones_is_told_to_install_git_first(page: str) -> None:
    """Raspberry Pi OS Lite has none."""
    lines = [line for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if "git clone" in line]
    assert lines
    assert all(line.startswith("sudo apt install -y git && git clone") for line in lines[:1])


def test_every_target_is_listed_by_make_help() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == make_targets()


@pytest.mark.parametrize("script", [".ci/run", "scripts/setup.sh"])
def test_scripts_can_be_run(script: str) -> None:
    listing = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "--stage", script]
    assert subprocess.run(listing, check=True, capture_output=True, text=True).stdout.startswith("100755 ")


def test_the_mutants_table_names_modules_and_tests_that_are_there() -> None:
    table = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))
    for rule in table.values():
        assert rule["modules"]
        for module in (*rule["modules"], *rule.get("functions", ())):
            file = f"{module.replace('.', '/')}.py"
            assert (ROOT / "src" / file).is_file() or (ROOT / "updater" / file).is_file(), module
        for test in rule["tests"]:
            assert (ROOT / test).exists(), test
