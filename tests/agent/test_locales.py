"""The agent in whatever locale the machine has: what it keeps, serves and prints is UTF-8."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.agent.program import Program, started

POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
CHARMAP = Path("/usr/share/i18n/charmaps/EUC-KR.gz")


def euc_kr(folder: Path) -> dict[str, str]:
    """The locale of Korea before UTF-8, made here as few machines have it."""
    localedef = shutil.which("localedef")
    if localedef is None or not CHARMAP.exists():
        pytest.skip("this machine has no source of a locale in EUC-KR (the package locales)")
    command = [localedef, "--no-warnings=ascii", "-i", "ko_KR", "-f", "EUC-KR", str(folder / "ko_KR.euckr")]
    subprocess.run(command, capture_output=True, check=False)
    return {"LOCPATH": str(folder), "LC_ALL": "ko_KR.euckr"}


@pytest.fixture(params=["POSIX", "EUC-KR"])
def locale(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    return POSIX if request.param == "POSIX" else euc_kr(tmp_path)


async def page_of(program: Program) -> str:
    line = await program.until("page is ready")
    address = re.search(r"http://[^/\s]+", line)
    assert address is not None
    async with httpx.AsyncClient(base_url=address[0], timeout=60, headers={"Accept-Language": "ko"}) as http:
        pages = [await http.get(path) for path in ("/", "/food", "/containers", "/delivery", "/health")]
    assert [page.status_code for page in pages] == [200] * len(pages)
    return "".join(page.text for page in pages)


async def test_the_page_is_served_and_speaks_korean(locale: dict[str, str]) -> None:
    async with started("run", "--dry-run", "--by-hand", **locale) as program:
        assert "냉장고" in await page_of(program)
        program.terminate()
        assert await program.ended() == 0
    assert not [line for line in program.lines if "crashed" in line or "Error" in line]


async def test_settings_with_korean_names_are_read_and_told(locale: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "냉장고"
    folder.mkdir()
    file = folder / "설정.toml"
    file.write_text(
        f"[fridge]\nid = 17\n[voice]\nphrase = '일반 등록'\n[camera]\nsource = '{folder}'\n", encoding="utf-8"
    )
    async with started("config", "check", "--json", "--config", str(file), **locale) as program:
        assert await program.ended() == 0
    assert json.loads(program.lines[0]) == {"ok": True, "file": str(file), "mistakes": []}
    async with started("config", "show", "--json", "--config", str(file), **locale) as program:
        assert await program.ended() == 0
    assert json.loads(program.lines[0])["voice"]["phrase"] == "일반 등록"
