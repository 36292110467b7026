"""Set-up takes exactly what the locks name, whatever newer versions an index has, with the oldest pip and the newest.

The script, both pips, the locks' names and versions, what packages require, and the build of this package are real. The
packages are empty, and a folder is their index: so their hashes are others, and nothing is fetched but pip itself.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from threading import Thread

import pytest

from scripts.check_packages import pinned, unmet
from tests.wheels import fetch_wheel, make_wheel, out_of_reach

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # installs more than a hundred packages
ROOT = Path(__file__).parents[2]
RESOLVES = sys.version_info < (3, 12)
"""Pips below 24, which resolve in spite of a lock, do not run on later Pythons."""
_DEBIAN_12 = ("23.0.1", "236bcb61156d76c4b8a05821b988c7b8c35bf0da28a4b614e8d6ab5212c25c6f")
_DEBIAN_13 = ("25.1.1", "2913a38a2abf4ea6b64ab507bd9e967f3b53dc1ede74b01b0931e1ce548751af")
PIPS = dict([_DEBIAN_12 if RESOLVES else _DEBIAN_13]) | {
    "26.3": "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",
}
"""Debian's, the oldest we meet with this Python, and the newest when this was written; sha256 of the wheels."""
OLDEST, NEWEST = PIPS
LOCKS = ("run", "dev", "lab")
NEWER = "9999"
BUILDS = ("hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers")
"""What set-up itself runs is no empty package."""
PYTHON = """#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  {python} "$@" --without-pip && {python} -m zipfile -e {pip} .venv/lib/python*/site-packages &&
    echo "#!$PWD/.venv/bin/python" >.venv/bin/pip
else
  exec {python} "$@"
fi
"""
LIST = """import importlib.metadata as m, json
print(json.dumps({d.name: d.version for d in reversed([*m.distributions()])}))"""
"""Of two with the same name the first counts, as for Python: a release sees the system's packages behind its own."""
NAMED_AS_THEIR_PACKAGES = (
    "flac",
    "espeak-ng",
    "dbus-daemon",
    "git",
    "make",
    "gcc",
    "cpio",
    "kmod",
    "mmdebstrap",
    "socat",
)


@dataclass(frozen=True)
class Index:
    """A folder of packages, and the locks with the hashes of those."""

    wheels: Path
    locks: Path


@dataclass(frozen=True)
class Checkout:
    """A clone, on a machine that has one of the pips and all Debian packages."""

    place: Path
    index: Index

    def set_up(self, scope: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", str(self.place / "scripts" / "setup.sh"), scope]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index.wheels), "PIP_NO_CACHE_DIR": "1"}
        path = f"{self.place / 'tools'}:{os.environ['PATH']}"
        environ = kept | offline | {"PYTHON": str(self.place / "tools" / "python3"), "PATH": path} | environment
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    def must_set_up(self, scope: str) -> str:
        done = self.set_up(scope)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def installed(self) -> dict[str, str]:
        done = subprocess.run([self.place / ".venv/bin/python", "-I", "-c", LIST], check=True, capture_output=True)
        return {name.lower().replace("_", "-"): version for name, version in json.loads(done.stdout).items()}

    def lock(self, name: str) -> Path:
        return self.place / "requirements" / f"{name}.lock"


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text()


def installed_here(name: str, version: str) -> Distribution | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return found if found.version == version else None


def requires_here(name: str, version: str) -> list[str]:
    there = installed_here(name, version)
    return (there and there.requires) or []


def add_package(folder: Path, name: str, version: str) -> str:
    """As the real one, but empty; and one that is newer. The hash of the first."""
    there = installed_here(name, version)
    extras = there.metadata.get_all("Provides-Extra", []) if there else []
    about = [f"Provides-Extra: {extra}\n" for extra in extras]
    about += [f"Requires-Dist: {requirement}\n" for requirement in requires_here(name, version)]
    files: dict[str, bytes] = {}
    if there and name in BUILDS:
        paths = [path for path in there.files or [] if ".." not in path.parts and path.suffix != ".pyc"]
        files = {str(path): path.read_binary() for path in paths if path.name not in {"METADATA", "RECORD", "WHEEL"}}
    make_wheel(folder, name, NEWER, about="".join(about))
    return make_wheel(folder, name, version, files, "".join(about))


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    place = tmp_path_factory.mktemp("index")
    index = Index(place / "wheels", place / "requirements")
    index.wheels.mkdir()
    index.locks.mkdir()
    everything = {name: version for one in LOCKS for name, version in pinned(lock(one)).items()}
    hashes = {pin: add_package(index.wheels, *pin) for pin in everything.items()}
    for one in LOCKS:
        text = lock(one)
        for (name, version), sha256 in hashes.items():
            pin = re.compile(
                rf"^({re.escape(name)}=={re.escape(version)}[ ;][^\\]*\\\n)(?:    --hash=.*\n)+", re.M | re.I
            )
            text = pin.sub(rf"\g<1>    --hash=sha256:{sha256}\n", text)
        (index.locks / f"{one}.lock").write_text(text)
    return index


def checkout(place: Path, index: Index, pip: Path) -> Checkout:
    for name in ("scripts", "config/scenarios"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(index.locks, place / "requirements")
    (place / "src" / "befresh_agent").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", "src/befresh_agent/__init__.py"):
        shutil.copy(ROOT / name, place / name)
    tools = place / "tools"
    tools.mkdir()
    looked_for = re.findall(r"command -v ([a-z0-9_-]+)", (ROOT / "scripts" / "debian.sh").read_text())
    for tool in {"dpkg-query", *looked_for, *NAMED_AS_THEIR_PACKAGES} - {"apt-get", "sudo"}:
        (tools / tool).write_text("#!/bin/sh\necho installed\n")
    (tools / "python3").write_text(PYTHON.format(python=sys.executable, pip=pip))
    for tool in tools.iterdir():
        tool.chmod(0o755)
    return Checkout(place, index)


@pytest.fixture(params=PIPS)
def clone(request: pytest.FixtureRequest, tmp_path: Path, index: Index) -> Checkout:
    """With the oldest pip, and with the newest."""
    version = request.param
    return checkout(tmp_path / "clone", index, the_pip(request, version))


@pytest.fixture
def old_clone(request: pytest.FixtureRequest, tmp_path: Path, index: Index) -> Checkout:
    """For what does not depend on pip."""
    return checkout(tmp_path / "clone", index, the_pip(request, OLDEST))


def the_pip(request: pytest.FixtureRequest, version: str) -> Path:
    return fetch_wheel(request.config.cache.mkdir("pip"), "pip", version, PIPS[version])


@pytest.mark.parametrize(("scope", "locks"), [("release", ["run"]), ("lab", ["dev", "lab"])])
def test_exactly_what_the_locks_name_is_installed(
    clone: Checkout, request: pytest.FixtureRequest, scope: str, locks: list[str]
) -> None:
    clone.must_set_up(scope)
    wanted = {name: version for one in locks for name, version in pinned(lock(one)).items()}
    there = clone.installed()
    assert there["pip"] == request.node.callspec.params["clone"]
    assert {name: there.get(name) for name in wanted} == wanted
    assert clone.must_set_up(scope) == ""


@pytest.mark.skipif(not RESOLVES, reason="pips that resolve in spite of a lock do not run on this Python")
def test_an_old_pip_that_resolves_would_take_something_newer(request: pytest.FixtureRequest, index: Index) -> None:
    """What the index above is good for: without it the tests above could not fail."""
    pip = the_pip(request, OLDEST)
    options = ["install", "--dry-run", "--no-index", "--find-links", str(index.wheels), "--require-hashes"]
    command = [sys.executable, str(pip / "pip"), *options, "--ignore-installed", "-r", str(index.locks / "dev.lock")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "all requirements must have their versions pinned" in done.stderr


# --- Whole locks


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_lacks_nothing_that_something_in_it_requires(name: str, machine: str, python: str) -> None:
    """As far as what these packages require is known here, where one version of each is installed."""
    environment = {"python_version": python, "python_full_version": f"{python}.2", "platform_machine": machine}
    below = pinned(lock("dev"), environment) if name == "lab" else {}  # it comes on top
    versions = below | pinned(lock(name), environment)
    assert unmet(versions, requires_in(versions), environment) == []


def requires_in(versions: dict[str, str]) -> Callable[[str], list[str]]:
    return lambda package: requires_here(package, versions.get(package, distribution("befresh-agent").version))


def test_a_lock_that_lacks_something_is_told() -> None:
    versions = pinned(lock("dev"))
    requires = requires_in(dict(versions))
    del versions["coverage"]
    assert any(line.startswith("pytest-cov needs coverage[toml]") for line in unmet(versions, requires))
    versions["coverage"] = "1.0"
    assert any("the lock names 1.0" in line for line in unmet(versions, requires))


@pytest.mark.parametrize("name", LOCKS)
def test_a_resolver_adds_nothing_to_a_lock(name: str) -> None:
    """For all machines and Pythons, by what the index knows of each package."""
    resolve = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--only-binary", ":all:"]
    options = ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    command = [str(Path(sys.executable).with_name("uv")), *resolve[1:], *options, f"requirements/{name}.lock"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and re.search(r"error sending request|Failed to fetch|network", done.stderr):
        out_of_reach("a resolver", done.stderr)
    assert done.returncode == 0, done.stderr
    pin = re.compile(r"^([^ =]+)==([^ \n]+)", re.M)
    assert set(pin.findall(done.stdout)) == set(pin.findall(lock(name)))


# --- What set-up says


@pytest.fixture(params=[200, 403, 404, 503])
def answers(request: pytest.FixtureRequest) -> Iterator[str]:
    """An index that gives this answer to everything, 200 with nothing in it; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"{request.param} http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    server.server_close()


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("setup: installing requirements/run.lock failed: ")
    return line


ONLINE = {
    "PIP_NO_INDEX": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "0",
    "no_proxy": "127.0.0.1",
    "NO_PROXY": "127.0.0.1",
}
OUT_OF_REACH = "the package index cannot be reached; check the network and try again"


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:1/simple", "https://no-such-host.invalid/simple", "http://no-such-host.invalid/simple"]
)
def test_an_index_that_does_not_answer(clone: Checkout, place: str) -> None:
    assert OUT_OF_REACH in one_line(clone.set_up("run", **ONLINE, PIP_INDEX_URL=place))


def test_an_index_that_answers_without_packages(clone: Checkout, answers: str) -> None:
    code, place = answers.split()
    line = one_line(clone.set_up("run", **ONLINE, PIP_INDEX_URL=place))
    assert ("the package index has no aiokafka==" if code in {"200", "404"} else OUT_OF_REACH) in line


def test_a_package_that_is_not_the_locked_one(clone: Checkout) -> None:
    text = clone.lock("run").read_text()
    clone.lock("run").write_text(re.sub(r"(rich==.*\n.*sha256:)[0-9a-f]{64}", rf"\g<1>{'0' * 64}", text))
    assert "rich==" in (line := one_line(clone.set_up("run")))
    assert "is not the file that was locked" in line


def test_a_lock_that_is_not_whole(old_clone: Checkout) -> None:
    text = old_clone.lock("run").read_text()
    old_clone.lock("run").write_text(re.sub(r"^pygments==.*\n(    --hash.*\n)+", "", text, flags=re.M))
    done = old_clone.set_up("run")
    assert done.returncode == 1
    assert done.stderr.startswith("setup: what was installed is not whole: rich needs pygments")


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        (
            1,
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "the disk is full",
        ),
        (137, "Killed", "memory ran out"),
        (1, "MemoryError", "memory ran out"),
        (1, "ERROR: HTTP error 502 while getting x.whl", "cannot be reached"),
        (1, "Could not fetch URL x: There was a problem confirming the ssl certificate: x", "clock right"),
        (1, "pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "cannot be reached"),
        (1, "ERROR: something else\n\n", "ERROR: something else"),
    ],
)
def test_causes(code: int, said: str, told: str) -> None:
    script = 'me=setup; . scripts/debian.sh; . scripts/pip.sh; cause "$1" "" "$2"'
    done = subprocess.run(["bash", "-euc", script, "sh", str(code), said], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert told in done.stdout
    assert len(done.stdout.splitlines()) == 1


# --- What an installation that failed leaves


def test_a_set_up_that_fails_leaves_what_there_was(old_clone: Checkout) -> None:
    old_clone.must_set_up("run")
    assert old_clone.set_up("dev", **ONLINE, PIP_INDEX_URL="http://127.0.0.1:1/simple").returncode == 1
    assert old_clone.must_set_up("run") == ""


def test_a_set_up_that_was_cut_short_is_looked_through(old_clone: Checkout) -> None:
    old_clone.must_set_up("run")
    (old_clone.place / ".venv" / ".installing").touch()
    [record] = old_clone.place.glob(".venv/lib/python*/site-packages/rich-*.dist-info/RECORD")
    record.unlink()
    assert "installing" in old_clone.must_set_up("run")
    assert record.exists()
    assert old_clone.must_set_up("run") == ""
