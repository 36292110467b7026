import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from befresh_agent.runtime import remedies

CHECKOUT = Path(__file__).parents[3]


def declared() -> dict[str, list[str]]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = project["optional-dependencies"]
    return {extra: [re.split(r"[<>=;\[ ]", one)[0] for one in wanted] for extra, wanted in found.items()}


def test_every_library_of_an_extra_is_known_by_what_is_imported() -> None:
    packages = importlib.metadata.packages_distributions()
    for extra, wanted in declared().items():
        if extra == "all":
            continue
        brought = {package.lower() for module in remedies.MODULES[extra] for package in packages.get(module, [])}
        there = {package.lower() for one in packages.values() for package in one}
        assert {package.lower() for package in wanted} & there <= brought, extra


def test_the_remedy_installs_this_checkout() -> None:
    assert remedies.remedy("vision").endswith(f" -m pip install '{CHECKOUT}[vision]'")


def test_an_installed_fridge_runs_its_installer_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", "/opt/befresh-agent/releases/1/.venv")
    assert "scripts/install.sh" in remedies.remedy("vision")
    assert remedies.remedy("whisper") == "sudo /opt/befresh-agent/current/scripts/install.sh --names whisper"


@pytest.mark.parametrize(
    ("noted", "folder"),
    [(None, "CHECKOUT"), ('{"url": "https://forge.example/x"}', "CHECKOUT"), ('{"url": "file:///no"}', "CHECKOUT")],
)
def test_where_nobody_noted_a_checkout_a_word_stands_for_it(
    noted: str | None, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata.PathDistribution, "read_text", lambda *_: noted)
    assert remedies.remedy("page").endswith(f"'{folder}[page]'")


def test_a_missing_library_is_named_with_its_remedy() -> None:
    error = ModuleNotFoundError("No module named 'PIL'", name="PIL.Image")
    assert str(remedies.missing(error)).startswith("PIL is not installed; ")
    assert "[vision]'" in str(remedies.missing(error))
    assert "[all]'" in str(remedies.missing(error, "all"))
    assert str(remedies.missing(ModuleNotFoundError("No module named 'x'", name="x"))) == "x is not installed"
    assert str(remedies.missing(ImportError("libzbar.so: not found"))) == "libzbar.so: not found"
