from typing import Any

import pytest
from jinja2 import Environment

from tests.unit.page.conftest import Kitchen


async def test_no_browser_waits_for_a_template_to_be_made(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    really = Environment.compile

    def noted(self: Environment, *arguments: Any, **options: Any) -> Any:
        made.append(arguments)
        return really(self, *arguments, **options)

    monkeypatch.setattr(Environment, "compile", noted)
    for tab in ("/", "/food", "/containers", "/delivery", "/health"):
        assert (await kitchen.browser.get(tab)).status_code == 200
    assert not made


async def test_everything_is_loaded_before_the_page_is_served(kitchen: Kitchen) -> None:
    assert kitchen.service.loaded.is_set()
