"""The verbs by name, each imported when it runs, and wrong usage in one clear line.

In: the words of the command line, typer's errors. Out: a command, or the verb, the option, what was given and what
would
be right.
"""

import signal
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from befresh_agent import __version__

NAME = "befresh-agent"

_WANTED = {
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "int_parsing_size": "give a smaller number",
    "float_parsing": "give a number",
    "finite_number": "give a number",
    "greater_than_equal": "give {ge} or more",
    "greater_than": "give more than {gt}",
    "less_than_equal": "give {le} or less",
    "less_than": "give less than {lt}",
}

_DATES = {
    "'%Y-%m-%d'": "a day such as 2026-11-30",
    "'%Y-%m-%d', '%Y-%m-%d %H:%M'": 'a day such as 2026-11-30, or a time such as "2026-11-30 18:00"',
}


def wrong_usage(error: Any) -> str:
    """`error` is a usage error of typer's, whose class is not public."""
    context = error.ctx
    if context is None:
        return f"{_text(error)}; see {NAME} --help"
    if error.message == context.get_help():
        return str(error.message)
    verb = context.command_path.removeprefix(NAME).strip()
    text = _text(error)
    if not verb:
        return f"{text}; see {NAME} --help"
    return f"{verb}: {text}; see {NAME} {verb} --help"


def _text(error: Any) -> str:
    wrong = getattr(error.__cause__, "errors", None)
    if wrong is not None and error.param is not None:
        return _wrong_value(error.param, wrong()[0])
    text = " ".join(str(error.format_message()).split()).rstrip(".").replace(". Did", "; did")
    return text[:1].lower() + text[1:]


def _wrong_value(parameter: Any, wrong: dict[str, Any]) -> str:
    names = [*parameter.opts, parameter.metavar or parameter.name]
    name = next((name for name in names if name.startswith("--")), names[-1])
    wanted = _WANTED.get(wrong["type"])
    if wanted is not None:
        return f"{name} {wrong['input']}: {wanted.format(**wrong.get('ctx', {}))}"
    reason = str(wrong.get("ctx", {}).get("error", wrong["msg"])).rstrip(".")
    for formats, words in _DATES.items():
        if reason.endswith(f"does not match the formats {formats}"):
            return f"{name} {wrong['input']}: give {words}"
    return f"{name}: {reason}"


class LazyVerb(NamedTuple):
    """Where it lives: a function, or a group of its own that is called `app` there."""

    module: str
    what: str
    help: str


VERBS = {
    "run": LazyVerb("run", "run", "Run the agent until it is stopped."),
    "scan": LazyVerb("scan", "scan", "Read container codes and expiry dates in pictures."),
    "containers": LazyVerb("containers", "app", "The containers of this fridge."),
    "plan": LazyVerb(
        "plan", "plan", "Simulate the rotation in virtual time: how old readings get, how busy the radio is."
    ),
    "outbox": LazyVerb("outbox", "app", "See, retry, export and name what leaves the house."),
    "log": LazyVerb("log", "app", "The sealed log: export, verify, and note what was done."),
    "products": LazyVerb("products", "app", "See what barcodes are called here, and import names for others."),
    "status": LazyVerb("status", "status", "Show devices, session, containers and queue of the running agent."),
    "update": LazyVerb("update", "update", "Install the newest release, watch it, and go back when it is not well."),
    "doctor": LazyVerb("doctor", "doctor", "Check everything the agent needs and say what to do."),
    "page": LazyVerb("page", "page", "Show where the page is in a browser."),
    "camera": LazyVerb("camera", "app", "See what the camera sees, on a phone, to aim it by."),
    "sound": LazyVerb("sound", "app", "Hear the microphone and the loudspeaker, and say what to turn."),
    "backup": LazyVerb("backup", "backup", "Keep everything that makes this fridge this fridge."),
    "restore": LazyVerb("backup", "restore", "Make this machine that fridge."),
    "reset": LazyVerb("backup", "reset", "Forget everything that was registered."),
    "wake": LazyVerb("wake", "app", "Teach the fridge a wake phrase of your own, and try phrases."),
    "config": LazyVerb("config", "app", "Write, check and show the settings."),
}


class VerbGroup(TyperGroup):
    """A group whose commands are only known by name until they are called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the shape is typer's
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return _command(cmd_name) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        self.commands = dict.fromkeys(VERBS, self)  # whence typer takes what somebody may have meant
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])


def _command(name: str) -> Any:
    verb = VERBS[name]
    found = getattr(import_module(f"befresh_agent.cli.{verb.module}"), verb.what)
    whole = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
    whole.callback()(lambda: None)
    if isinstance(found, typer.Typer):
        whole.add_typer(found, name=name, context_settings=_HELP)
    else:
        whole.command(name, context_settings=_HELP)(found)
    return get_group(whole).commands[name]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

app = typer.Typer(
    cls=VerbGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=_HELP,
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", "-V", "-v", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The daemon that makes a fridge know its food."""


def start(words: Sequence[str]) -> int:
    """Do what the words say; the exit code, or whatever the verb raises."""
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    program = get_command(app)
    with program.make_context(NAME, list(words)) as context:
        _listen_to_ctrl_c()
        program.invoke(context)
    return 0


def _listen_to_ctrl_c() -> None:
    """From here on a verb may have something to clean up: Ctrl-C is an exception again."""
    if callable(signal.getsignal(signal.SIGINT)):
        signal.signal(signal.SIGINT, signal.default_int_handler)
