"""The figures that `make check` prints are counted, not guessed: small packages with known figures."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.code_figures import cycles, figures

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "code_figures.py"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Two rooms, one of which has SQL."""
    for name, text in {
        "storage/store.py": 'class FoodStore:\n    """."""\n\n\nQUERY = "SELECT name FROM foods"\n',
        "page/pages.py": "from befresh_agent.storage.store import FoodStore\n\n\nclass Page(FoodStore): ...\n"
        + "\n" * 90,
        "page/__init__.py": "",
    }.items():
        file = tmp_path / "src" / "befresh_agent" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "src" / "befresh_agent" / "app.py").write_text("def run() -> None:\n" + "    pass\n" * 44 + "\n" * 60)
    return tmp_path


def value(root: Path, name: str) -> float:
    return next(figure.value for figure in figures(root) if figure.name == name)


def is_kept(root: Path, name: str) -> bool:
    return next(figure.is_kept for figure in figures(root) if figure.name == name)


def test_modules_and_names_are_counted(package: Path) -> None:
    assert value(package, "modules") == 3
    assert value(package, "lines of the median module") == 94
    assert value(package, "modules under 50 lines") == 1
    assert value(package, "class names of one plain word, %") == 50.0
    assert value(package, "rooms with SQL") == 1


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("rooms with SQL", "page/questions.py", 'ALL = "DELETE FROM foods"\n'),
        ("class names with two meanings", "page/other.py", "class FoodStore: ...\n"),
        ("lines of the longest function", "page/long.py", "def long() -> None:\n" + "    pass\n" * 45),
        ("import cycles", "storage/store.py", "from befresh_agent.page import pages\n"),
        ("lines of the median module", "app.py", ""),
    ],
)
def test_a_broken_limit_is_noticed(package: Path, name: str, file: str, text: str) -> None:
    assert is_kept(package, name)
    (package / "src" / "befresh_agent" / file).write_text(text)
    assert not is_kept(package, name)


def test_a_longer_circle_is_one() -> None:
    assert list(cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()})) == [["a", "b", "c"]]


def test_the_script_fails_where_a_limit_is_broken(package: Path) -> None:
    (package / "src" / "befresh_agent" / "page" / "questions.py").write_text('ALL = "DELETE FROM foods"\n')
    done = subprocess.run([sys.executable, str(SCRIPT), str(package)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "BROKEN  page, storage" in done.stdout
