"""Whether all that the locks name is installed, and is all that those packages and this one need.

.venv/bin/python -I scripts/check_packages.py run|dev|lab...

In: locks, and the metadata of what this interpreter sees. Out: a line for each thing that is missing or does not fit,
and then exit code 1. What else a release sees, Debian's own Python packages, matters only
where something here needs it.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = "befresh-agent"
Environment = Mapping[str, str]
"""Values for markers; what is not given is this machine's."""
_HERE: Environment = {}
Requires = Callable[[str], list[str] | None]
"""What a package says it requires; None where that is not known."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+))?", re.MULTILINE)


def pinned(lock: str, environment: Environment = _HERE) -> dict[str, str]:
    """The version of each package that this lock's text names for such a machine."""
    return {
        canonicalize_name(name): version
        for name, version, marker in _PIN.findall(lock)
        if not marker or Marker(marker).evaluate(dict(environment))
    }


def unmet(versions: Mapping[str, str], requires: Requires, environment: Environment = _HERE) -> list[str]:
    """What these packages and ours require, and they are not."""
    todo = [(OURS, frozenset({"all"})), *((name, frozenset[str]()) for name in versions)]
    done, lines = set(todo), set[str]()
    for name, extras in todo:
        for requirement in _applying(requires(name) or [], extras, environment):
            needed = canonicalize_name(requirement.name)
            if needed == OURS or requirement.specifier.contains(versions.get(needed, ""), prereleases=True):
                more = (needed, frozenset(requirement.extras))
                todo += {more} - done
                done.add(more)
            else:
                lines.add(f"{name} needs {requirement}, and {_named(needed, versions)}")
    return sorted(lines)


def _applying(requires: Iterable[str], extras: frozenset[str], environment: Environment) -> Iterable[Requirement]:
    for requirement in map(Requirement, requires):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in extras | {""}):
            yield requirement


def _named(package: str, versions: Mapping[str, str]) -> str:
    return f"the lock names {versions[package]}" if package in versions else "the lock does not name it"


def _not_installed(versions: Mapping[str, str]) -> Iterable[str]:
    for name, version in versions.items():
        there = _installed(name)
        if there is None:
            yield f"{name} {version} is not installed"
        elif there.version != version:
            yield f"{name} {there.version} is installed, not {version}"


def _installed(name: str) -> Distribution | None:
    """A package that is there with all its files: their list is written last."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return found if found.read_text("RECORD") else None


def _requires(name: str) -> list[str] | None:
    there = _installed(name)
    return there.requires if there else None


def main(locks: Iterable[str]) -> int:
    versions: dict[str, str] = {}
    for lock in locks:
        versions |= pinned(Path("requirements", f"{lock}.lock").read_text(encoding="utf-8"))
    missing = [*_not_installed(versions), *([] if _installed(OURS) else [f"{OURS} is not installed"])]
    print(*(lines := missing or unmet(versions, _requires)), sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
