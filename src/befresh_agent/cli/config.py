"""`befresh-agent config`: write a commented default file, check one, show what is in force.

The default file is written from the settings themselves, so the two never differ.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic.fields import FieldInfo
from rich.text import Text

from befresh_agent.cli.listing import screen_width, table
from befresh_agent.cli.listing import show as show_lines
from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.errors import WRONG_SETTINGS, BefreshError, MistakeSeverity, SettingMistake, told
from befresh_agent.settings.loader import LoadedSettings, keys, load_settings, read, section_type
from befresh_agent.settings.model import Settings
from befresh_agent.settings.preflight import mistakes

_HEAD = """\
# Settings of befresh-agent. Every line shows its default; take away the leading `# ` to change it.
# Environment variables come before this file: BEFRESH_KAFKA_SERVER sets `server` in [kafka], and so on.
"""


def template() -> str:
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for name in Settings.model_fields:
        section = section_type(name)
        lines = [f"# {section.__doc__}", f"[{name}]"]
        for field, info in section.model_fields.items():
            lines += [f"# {info.description}", f"# {field} = {_toml(_shown(info))}"]
        yield "\n".join(lines) + "\n"


def _shown(info: FieldInfo) -> object:
    return info.examples[0] if info.default is None and info.examples else info.default


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return json.dumps(value)


_MARKS = {MistakeSeverity.ERROR: "✕", MistakeSeverity.MISSING: "✕", MistakeSeverity.WARNING: "!"}

app = typer.Typer(help="Write, check and show the settings.", no_args_is_help=True)


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Where to write; `-` prints it.")] = Path("-")) -> None:
    """Write a settings file with every setting, its default and what it means."""
    if str(path) == "-":
        typer.echo(template(), nl=False)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
        path.chmod(0o600)
    except FileExistsError:
        raise BefreshError(f"{path} exists already; it is left as it is") from None
    except OSError as error:
        raise BefreshError(told(error, path)) from error
    typer.echo(f"wrote {path}")


@app.command()
def check(config: ConfigFile = None, as_json: Json = False) -> None:
    """Say everything that is wrong with the settings, or missing on this machine; ends with 78 when something is."""
    configuration = read(config)
    found = mistakes(configuration)
    ok = all(one.severity is MistakeSeverity.WARNING for one in found)
    if as_json:
        _as_json(configuration, found, ok=ok)
    else:
        for one in found:
            typer.echo(f"{_MARKS[one.severity]} {one}", err=True)
        wrong = sum(one.severity is not MistakeSeverity.WARNING for one in found)
        count = "1 mistake" if wrong == 1 else f"{wrong} mistakes"
        typer.echo(f"{'good' if ok else f'wrong settings, {count}'}: {configuration.described}", err=not ok)
    if not ok:
        raise typer.Exit(WRONG_SETTINGS)


def _as_json(configuration: LoadedSettings, found: Sequence[SettingMistake], *, ok: bool) -> None:
    file = str(configuration.file) if configuration.file else None
    told = [{**asdict(one), "text": str(one)} for one in found]
    typer.echo(json.dumps({"ok": ok, "file": file, "mistakes": told}, ensure_ascii=False, default=str))


@app.command()
def show(config: ConfigFile = None, as_json: Json = False) -> None:
    """Show every setting in force and where it comes from; secrets are masked."""
    configuration = load_settings(config)
    if as_json:
        typer.echo(json.dumps(configuration.settings.model_dump(mode="json"), ensure_ascii=False))
    else:
        show_lines(_lines(configuration))


def _lines(configuration: LoadedSettings) -> list[Text]:
    rows = []
    values = configuration.settings.model_dump(mode="json")
    for key in keys():
        section, _, field = key.partition(".")
        value = values[section][field]
        rows.append((key, "" if value is None else str(value), configuration.source(key)))
    return table(("setting", "value", "from"), rows, screen_width())
