"""Workers of tests start as those of the agent do: without importing pytest, which is the program here."""

import sys

import pytest


@pytest.fixture(autouse=True)
def no_main_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
