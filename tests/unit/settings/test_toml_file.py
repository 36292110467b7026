"""Files as people write them: with a line for everything that is wrong, whatever editor they used."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.errors import SettingsError
from befresh_agent.settings.toml_file import parse_toml, read_toml

FILE = Path("some.toml")


def told(text: str) -> list[str]:
    return [str(mistake).removeprefix("some.toml:") for mistake in parse_toml(FILE, text).mistakes]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_files_of_any_editor_are_read(tmp_path: Path, bom: bytes, end: bytes) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(bom + end.join([b"[fridge]", b"id = 17", 'name = "냉장고"'.encode(), b""]))
    assert read_toml(file).tables == {"fridge": {"id": 17, "name": "냉장고"}}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp949"])
def test_another_encoding_is_told_by_its_name(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes('[fridge]\nid = 17  # 냉장고\nname = "냉장고"\n'.encode(encoding))
    with pytest.raises(SettingsError, match="UTF-16 and not UTF-8" if "16" in encoding else "EUC-KR") as caught:
        read_toml(file)
    assert caught.value.mistakes[0].line == (2 if encoding == "cp949" else caught.value.mistakes[0].line)


def test_what_cannot_be_read_says_why_in_words(tmp_path: Path) -> None:
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (2 << 20))
    for file, why in ((tmp_path / "none", "no such file"), (tmp_path, "is a folder"), (large, "larger than 1 MB")):
        with pytest.raises(SettingsError, match=why) as caught:
            read_toml(file)
        assert "Errno" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("\n[fridge\nid = 1\n", "2: column 8: the bracket of the section is not closed"),
        ("[kafka]\nserver = broker:9092\n", "2: column 10: this is no value: text stands in quotes"),
        ("[session]\nnear_cm = 50 cm\n", "2: column 14: something stands behind the value"),
        ("[kafka]\nserver: 'a'\n", "2: column 7: write it as `name = value`"),
        ('[kafka]\nserver = "a\n', "2: column 12: the quote is not closed on this line"),
        ('[agent]\nstate_dir = "C:\\pi"\n', "2: column 18: write \\\\ for a backslash"),
        ("[sound]\nplayer = [\n 'a',\n", "2: this is no value"),
        ("[a]\nb = '''\nx\n", "2: the quote is not closed"),
        ("[a]\nb = 1\n[c]\nd = 2\n[a]\n", "5: [a]: the section is there twice, first in line 1"),
        ("[a]\nb = 1\nb = 2\n", "3: a.b = 2: it is set twice, first in line 2"),
        ("a = " + "[" * 5000, "1: too many brackets"),
        ("a = " + "9" * 5000, "1: the number is too long"),
    ],
)
def test_what_is_no_toml_is_told_with_line_and_column(text: str, mistake: str) -> None:
    (found,) = told(text)
    assert mistake in found


def test_everything_wrong_is_told_and_what_stands_between_is_read() -> None:
    content = parse_toml(FILE, "[a]\nb = x\nc = 1\nd = [\n 'e'\n 'f' ]\n[g\nh = 2\n[i]\nj = 3\n")
    assert [mistake.line for mistake in content.mistakes] == [2, 6, 7]
    assert content.tables == {"a": {"c": 1}, "i": {"j": 3}}


def test_another_kind_of_file_is_not_told_line_by_line() -> None:
    found = told("some words\n" * 100)
    assert len(found) == 11
    assert "90 more lines are no TOML" in found[-1]


def test_every_key_has_its_line() -> None:
    text = "x.y = 1\n[a]\nb = [\n  1,\n]\nc = {d = 2}\n[[step]]\ndo = 'x'\n\n[[step]]\ndo = 'y'\n[step.e]\nf = 1\n"
    content = parse_toml(FILE, text)
    assert content.tables == tomllib.loads(text)
    lines = {
        ("x", "y"): 1,
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "c", "d"): 6,
        ("step", 1, "do"): 11,
        ("step", 1, "e", "f"): 13,
    }
    assert {key: content.line(key) for key in lines} == lines
    assert content.line(("a", "b", 0, "deeper")) == 3
    assert content.line(("nowhere",)) is None


_VALUES = st.sampled_from(
    ["1", "true", "'x'", '"y"', "[1, 2]", "[\n1,\n2\n]", "'''\na\n'''", "{a = 1}", "x", "[", '"', "{"]
)
_LINES = st.one_of(
    st.builds("{} = {}".format, st.sampled_from("abc"), _VALUES),
    st.builds("[{}]".format, st.sampled_from("abcd")),
    st.text(st.sampled_from("[]\"'= #a\\\n"), max_size=6),
)


@given(st.lists(_LINES, max_size=12))
def test_it_agrees_with_tomllib_and_never_raises(lines: list[str]) -> None:
    text = "\n".join(lines)
    content = parse_toml(FILE, text)
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert content.mistakes
    else:
        assert (content.tables, content.mistakes) == (whole, [])
        assert all(content.line((name,)) for name in whole)
