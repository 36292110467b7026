"""A TOML file that a person wrote, read so that whatever is wrong with it can be told with its line.

In: a file, with or without a byte order mark, with any line ends. Out: its tables, the line of every key, and what is
wrong; statements around a mistake are read all the same. tomllib tells no lines, so each is also parsed by itself.
"""

import codecs
import errno
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from befresh_agent.errors import SettingMistake, SettingsError

Key = tuple[str | int, ...]
"""Where a value stands, as in pydantic: `("step", 2, "do")`."""

_LARGEST = 1 << 20
"""Bytes. A larger file was not written by a person."""
_MOST_TOLD = 10
"""Lines that are no TOML: with more of them it is another file."""
_LONGEST_STATEMENT = 1000
"""Lines."""
_AT = re.compile(r" \(at (?:end of document|line (?P<line>\d+), column (?P<column>\d+))\)\Z")
_HEADER = re.compile(r"\s*\[\[?\s*[\w\"']")
_OPEN = re.compile(r"\[|\"\"\"|'''")
"""What may go on in the next line."""
_WORDS = (
    ("Expected '=' after a key", "write it as `name = value`"),
    ("Invalid statement", "write it as `name = value` or as `[section]`"),
    ("Invalid initial character for a key", "write it as `name = value` or as `[section]`"),
    ("Expected ']", "the bracket of the section is not closed"),
    ("Invalid value", "this is no value: text stands in quotes, a list in brackets; else a number, true or false"),
    ("Expected newline", "something stands behind the value: text is put in quotes, a comment begins with #"),
    ("Unescaped '\\'", "write \\\\ for a backslash, or put the text in single quotes"),
    ("Illegal character '\\n'", "the quote is not closed on this line"),
    ("Expected \"'", "the quote is not closed"),
    ("Unterminated string", "the quote is not closed"),
    ("Unclosed", "the bracket is not closed, or a comma is missing"),
)
"""What tomllib says, and what helps."""


@dataclass(slots=True)
class TomlFile:
    """What could be read. A key of `lines` is a section or a setting."""

    file: Path
    tables: dict[str, object] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    mistakes: list[SettingMistake] = field(default_factory=list)

    def line(self, key: Key) -> int | None:
        """The line of a key, or of the nearest thing around it."""
        return next((self.lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.lines), None)


@dataclass(frozen=True, slots=True)
class _TomlStatement:
    line: int
    lines: int
    tables: dict[str, object] = field(default_factory=dict)
    trouble: tuple[int, int, str] | None = None
    """Line, column and what is wrong."""
    header: bool = False
    goes_on: bool = False
    """What is wrong has several lines: those that follow may be its rest."""


def read_toml(file: Path) -> TomlFile:
    """Read the file. Raises `SettingsError` where nothing of it can be read."""
    return parse_toml(file, _text(file))


def parse_toml(file: Path, text: str) -> TomlFile:
    """The file's text, read; `file` is for messages only."""
    found = _statement_by_statement(file, text)
    try:
        found.tables, found.mistakes = tomllib.loads(text), []
    except (ValueError, RecursionError) as error:
        found.mistakes = found.mistakes or [_mistake(file, *_trouble(error, 1))]
    if (more := len(found.mistakes) - _MOST_TOLD) > 0:
        found.mistakes[_MOST_TOLD:] = [SettingMistake(source=str(file), remedy=f"{more} more lines are no TOML")]
    return found


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError as error:
        raise SettingsError(SettingMistake(source=str(file), remedy=_unreadable(error))) from error
    if len(content) > _LARGEST:
        raise SettingsError(
            SettingMistake(source=str(file), remedy=f"larger than {_LARGEST >> 20} MB: this is another file")
        )
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(_foreign(file, content, line)) from error
    if "\0" in text:
        raise SettingsError(_foreign(file, content, None))
    return text


def _foreign(file: Path, content: bytes, line: int | None) -> SettingMistake:
    remedy = f"this is {_encoding(content)} and not UTF-8: save the file as UTF-8"
    return SettingMistake(source=str(file), line=line, remedy=remedy)


def _unreadable(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "there is no such file"
        case errno.EACCES | errno.EPERM:
            return "this user may not read it: ask as root or as its owner"
        case errno.EISDIR:
            return "this is a folder: give a file"
        case _:
            return f"it cannot be read: {error.strerror}"


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (b"\0" in content[:2] and len(content) > 2):
        return "UTF-16"
    try:
        return "no text" if "\0" in content.decode("cp949") else "another encoding (EUC-KR, if it is Korean)"
    except UnicodeDecodeError:
        return "no text"


def _statement_by_statement(file: Path, text: str) -> TomlFile:
    found = TomlFile(file)
    section: Key | None = ()
    within_wrong = False
    for one in _statements(text.split("\n")):
        if one.trouble is not None:
            if one.header or not within_wrong:
                found.mistakes.append(_mistake(file, *one.trouble))
            within_wrong = within_wrong or one.goes_on
            section = None if one.header else section  # nobody knows where the settings below belong
            continue
        within_wrong = False
        if one.header:
            section = _enter(found, one)
        elif section is not None:
            for path, value in _leaves(one.tables):
                _put(found, section, path, value, one.line)
    return found


def _statements(lines: list[str]) -> Iterator[_TomlStatement]:
    """Every statement of the text; comments and empty lines are none."""
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if line and not line.startswith("#"):
            one = _statement(lines, at)
            yield one
            at += one.lines
        else:
            at += 1


def _statement(lines: list[str], at: int) -> _TomlStatement:
    """The statement that begins there: as many lines as it takes, one where it is wrong."""
    header = bool(_HEADER.match(lines[at]))
    end, goes_on, error = at, True, None
    while goes_on and end < min(len(lines), at + _LONGEST_STATEMENT):
        end += 1
        piece = "\n".join(lines[at:end]) + "\n"
        try:
            return _TomlStatement(at + 1, end - at, tomllib.loads(piece), header=header)
        except (ValueError, RecursionError) as caught:
            error = caught
            goes_on = str(error).endswith("(at end of document)") and bool(_OPEN.search(piece))
    line, column, words = _trouble(error, at + 1)
    if several := end > at + 1:
        words += f" (it begins in line {at + 1})"
    return _TomlStatement(at + 1, 1, trouble=(line, column, words), header=header, goes_on=several)


def _trouble(error: Exception | None, first_line: int) -> tuple[int, int, str]:
    """Line, column (0 where that is not known) and what is wrong; in the words of whoever has to mend it."""
    if isinstance(error, RecursionError):
        return first_line, 0, "too many brackets within brackets"
    said = str(error)
    at = _AT.search(said)
    if not at:
        return first_line, 0, "the number is too long"  # what Python itself refuses
    what = said[: at.start()]
    words = next((words for beginning, words in _WORDS if what.startswith(beginning)), what[:1].lower() + what[1:])
    return first_line - 1 + int(at["line"] or 1), int(at["column"] or 0), words


def _mistake(file: Path, line: int, column: int, words: str) -> SettingMistake:
    return SettingMistake(source=str(file), line=line, remedy=f"column {column}: {words}" if column else words)


def _enter(found: TomlFile, header: _TomlStatement) -> Key:
    """Where the settings behind a header go; `[[...]]` begins another table of a list."""
    path: list[str] = []
    inner: object = header.tables
    while isinstance(inner, dict) and inner:
        ((name, inner),) = inner.items()
        path.append(name)
    key = _resolved(found, tuple(path), new=isinstance(inner, list))
    if key in found.lines and not isinstance(inner, list):
        remedy = f"the section is there twice, first in line {found.lines[key]}: put its settings together"
        _add(found, path, {}, header.line, remedy)
    found.lines.setdefault(key, header.line)
    return key


def _resolved(found: TomlFile, path: tuple[str, ...], *, new: bool) -> Key:
    """The path with the places in lists; the tables on it are made."""
    here: dict[str, object] = found.tables
    key: Key = ()
    for depth, name in enumerate(path, start=1):
        last = depth == len(path)
        inner = here.setdefault(name, [] if last and new else {})
        key = (*key, name)
        if isinstance(inner, list):
            if last and new:
                inner.append({})
            key = (*key, len(inner) - 1)
            inner = inner[-1] if inner else {}
        here = inner if isinstance(inner, dict) else {}
    return key


def _leaves(tables: Mapping[str, object], above: Key = ()) -> Iterator[tuple[Key, object]]:
    for name, value in tables.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _put(found: TomlFile, section: Key, path: Key, value: object, line: int) -> None:
    key = (*section, *path)
    if key in found.lines:
        _add(found, key, value, line, f"it is set twice, first in line {found.lines[key]}: take one away")
        return
    here: object = found.tables
    for depth, name in enumerate(key[:-1], start=1):
        if isinstance(here, dict):
            here = here.setdefault(str(name), {})
        elif isinstance(here, list) and isinstance(name, int):
            here = here[name]
        found.lines.setdefault(key[:depth], line)
    if isinstance(here, dict):
        here.setdefault(str(key[-1]), value)
    found.lines[key] = line


def _add(found: TomlFile, key: Iterable[str | int], value: object, line: int, remedy: str) -> None:
    name = ".".join(map(str, key))
    found.mistakes.append(SettingMistake(source=str(found.file), key=name, value=value, line=line, remedy=remedy))
