"""A scenario: which containers exist and what a person does, read from a TOML file and checked."""

import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.errors import SettingsError
from befresh_agent.simulation.world import BREAKABLE

_HERE = Path(__file__).parent / "scenarios"
_CHECKOUT = Path(__file__).parents[3] / "config" / "scenarios"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Part):
    """One thing a person does, such as `come`, `press`, `show` a package, `wake`, or let time `lapse`."""

    do: Literal[
        "come", "leave", "press", "double", "hold", "show", "wake", "wait", "lapse", "break", "mend", "away", "back"
    ]
    seconds: Annotated[float, Field(ge=0, le=86400)] = 1.0
    """How long to dawdle before doing it."""
    picture: Path | None = None
    """For `show`: the picture held before the camera."""
    name: str | None = None
    """For `show` and `wake`: what the person answers when asked; without it the person stays silent."""
    until: str | None = None
    """For `wait` and `lapse`: a cue, a topic, `closed`, or `4 containers read`; the step ends when that happens."""
    patience_s: Annotated[float, Field(gt=0)] = 60.0
    """How long to wait for the fridge before giving up, in real seconds; longer when the world is played slowly."""
    speed: Annotated[float, Field(gt=0, le=10000)] = 60.0
    """For `lapse`: how fast time runs until the step ends."""
    what: str | None = None
    """For `break`, `mend`: the device; for `away`, `back`: the container."""

    @model_validator(mode="after")
    def _complete(self) -> "Step":
        needs = {"show": "picture", "wait": "until", "lapse": "until"} | dict.fromkeys(
            ("break", "mend", "away", "back"), "what"
        )
        field = needs.get(self.do)
        if field and getattr(self, field) is None:
            raise ValueError(f"`{self.do}` needs `{field}`")
        if self.do in ("break", "mend") and self.what not in BREAKABLE:
            raise ValueError(f"`what` must be one of {', '.join(sorted(BREAKABLE))}")
        if self.do in ("away", "back"):
            parse_address(self.what or "")
        return self


class Expectation(_Part):
    """What must have been delivered in the end; anything else is a failure (exit code 1)."""

    food_types: tuple[int, ...] = ()
    """The ftypeIds registered, in order."""
    containers: int = 0
    """How many containers must have delivered readings."""


class Past(_Part):
    """What the fridge remembers from before the story begins."""

    hours: Annotated[float, Field(gt=0, le=24 * 14)]
    """For how long its containers have been measured."""
    names: dict[str, str]
    """What is in them, by address."""


class Scenario(_Part):
    """Everything a dry run plays."""

    title: str
    starts: time | None = None
    """The time of day at which the story begins; else now. It begins right after the fridge's turn to send readings
    that follows, so that the first batch carries a whole round of them."""
    wake_phrase: str = "일반 등록"
    answer: str | None = None
    """What the person answers when asked for a name and the step gives none."""
    settings: dict[str, dict[str, Any]] = {}
    """Settings the scenario wants, weaker than every other source."""
    roster: tuple[str, ...] = ()
    """Containers the fridge knows from the start."""
    containers: dict[str, str] = {}
    """Containers in the air: address and the food inside, by which their sensors drift."""
    past: Past | None = None
    step: tuple[Step, ...] = ()
    expect: Expectation = Expectation()

    def begins(self, today: datetime, phase_s: float, interval_s: float) -> datetime:
        """When the simulated clock begins, for a fridge that sends `phase_s` into every interval."""
        if self.starts is None:
            return today
        start = datetime.combine(today, self.starts, today.tzinfo)
        return start + timedelta(seconds=(phase_s - start.timestamp()) % interval_s + 1)

    @property
    def known(self) -> tuple[Address, ...]:
        return tuple(parse_address(address) for address in self.roster)

    @property
    def lasted(self) -> timedelta:
        """How long containers have been measured before the story begins."""
        return timedelta(hours=self.past.hours if self.past else 0)

    @property
    def remembered(self) -> dict[Address, str]:
        """What is in the containers that have been measured before, by address."""
        return {parse_address(address): name for address, name in (self.past.names if self.past else {}).items()}

    @property
    def in_the_air(self) -> dict[Address, str]:
        return {parse_address(address): food for address, food in self.containers.items()}


def find(name: str) -> Path:
    """The file of a scenario given by path or by the name of one that comes with the agent."""
    shipped = [folder / f"{name}.toml" for folder in (_HERE, _CHECKOUT)]
    return next((path for path in [Path(name), *shipped] if path.is_file()), Path(name))


def load(file: Path) -> Scenario:
    """Read a scenario; its pictures are looked up beside it. Raises `SettingsError`."""
    try:
        scenario = Scenario.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        _ = scenario.known, scenario.in_the_air, scenario.remembered
    except OSError as error:
        raise SettingsError(str(file), "scenario", error.strerror, "give a scenario file that can be read") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(str(file), key, first["input"], first["msg"]) from None
    except ValueError as error:
        raise SettingsError(str(file), "scenario", "", str(error)) from error
    steps = tuple(_with_picture(step, file) for step in scenario.step)
    return scenario.model_copy(update={"step": steps})


def _with_picture(step: Step, file: Path) -> Step:
    if step.picture is None:
        return step
    picture = file.parent / step.picture
    if not picture.is_file():
        raise SettingsError(str(file), "step.picture", str(step.picture), f"there is no file {picture}")
    return step.model_copy(update={"picture": picture})
