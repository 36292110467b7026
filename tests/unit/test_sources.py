"""Faults in the sources that linters do not see.

Every file is read and written as UTF-8, whatever the locale: ruff's rule for it (PLW1514) sees only those paths whose
type it can guess. No key is twice in a table: ruff's rule (F601) sees only plain texts and numbers.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    file for folder in ("src", "updater", "scripts", "benchmarks") for file in (ROOT / folder).rglob("*.py")
)


def unsaid(tree: ast.AST) -> Iterator[int]:
    """The lines of calls that would take the locale's encoding."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _is_text(call) and not any(key.arg == "encoding" for key in call.keywords):
            yield call.lineno


def _is_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = [word.value for word in call.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
    options = {key.arg: key.value.value for key in call.keywords if isinstance(key.value, ast.Constant)}
    mode = options.get("mode", next((word for word in words if set(word) <= set("rwaxbt+")), None))
    match name:
        case "read_text":
            return not words
        case "write_text":
            return True
        case "fdopen" | "open":
            plain = name == "fdopen" or isinstance(call.func, ast.Name)
            return not set(str(mode)) & set("b:") and (plain or mode is not None or "newline" in options)
        case "NamedTemporaryFile" | "TemporaryFile":
            return mode is not None and "b" not in str(mode)
        case _:
            return bool(options.get("text") or options.get("universal_newlines"))


def twice(tree: ast.AST) -> Iterator[str]:
    """Keys that a table has twice."""
    for table in (node for node in ast.walk(tree) if isinstance(node, ast.Dict)):
        keys = [ast.unparse(key) for key in table.keys if key is not None]
        yield from (key for key in set(keys) if keys.count(key) > 1)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_table_has_a_key_twice(file: Path) -> None:
    assert list(twice(ast.parse(file.read_text(encoding="utf-8")))) == []


def test_a_key_that_is_there_twice_is_seen() -> None:
    assert list(twice(ast.parse("x = {Cue.ON: 1, Cue.OFF: 2, Cue.ON: 3, **y}"))) == ["Cue.ON"]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_whoever_opens_a_text_file_says_its_encoding(file: Path) -> None:
    assert list(unsaid(ast.parse(file.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "line",
    ["p.read_text()", "p.write_text(x)", "p.open('w')", "open(p)", "os.fdopen(3, 'w')", "run(x, text=True)"],
)
def test_it_is_seen_where_nobody_says_it(line: str) -> None:
    assert list(unsaid(ast.parse(line))) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "p.read_text('utf-8')",
        "p.open('rb')",
        "os.open(p, os.O_RDONLY)",
        "self.open()",
        "wave.open(f, 'wb')",
        "Image.open(p)",
    ],
)
def test_what_is_no_text_need_not_say_it(line: str) -> None:
    assert list(unsaid(ast.parse(line))) == []
