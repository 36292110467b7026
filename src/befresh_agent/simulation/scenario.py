"""A scenario: containers, what a person does, its stage directions, what the fridge remembers from before.

Read from TOML and checked.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.phrase import Phrase
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import SettingMistake, SettingsError
from befresh_agent.settings.explanations import RefusedValue, near, refused
from befresh_agent.settings.section import GivenValue, checked
from befresh_agent.settings.toml_file import TomlFile, read_toml
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.simulation.world import BREAKABLE

_HERE = Path(__file__).parent / "scenarios"

_CHECKOUT = Path(__file__).parents[3] / "config" / "scenarios"


def _addresses(texts: Iterable[str]) -> object:
    return [parse_address(text) for text in texts]


class _ScenarioPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_CLOCK = re.compile(r"(?P<tomorrow>tomorrow )?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)")


class ScenarioStep(_ScenarioPart):
    """One thing a person does, such as `come`, `press`, `show` a package, `wake`, or let time `lapse`."""

    do: Literal[
        "come",
        "leave",
        "press",
        "double",
        "long",
        "hold",
        "help",
        "ask",
        "show",
        "wake",
        "wait",
        "lapse",
        "break",
        "mend",
        "away",
        "back",
    ]
    seconds: Annotated[float, Field(ge=0, le=86400)] = 1.0
    """How long to dawdle before doing it."""
    picture: Path | None = None
    """For `show`: the picture held before the camera."""
    name: str | None = None
    """For `show`, `wake` and `long`: what the person answers when asked; without it the person stays silent. For `ask`:
    the question."""
    until: str | None = None
    """For `wait` and `lapse`: a cue, a topic, `closed`, `answered`, `quiet` (nothing was found or asked for half a
    minute), or `4 containers read`; the step ends when that happens. For `lapse` also a time of day: `18:30`,
    `tomorrow 18:30`."""
    patience_s: Annotated[float, Field(gt=0)] = 60.0
    """How long to wait for the fridge before giving up, in real seconds; longer when the world is played slowly."""
    speed: Annotated[float, Field(gt=0, le=100_000)] = 60.0
    """For `lapse`: how fast time runs until the step ends."""
    what: str | None = None
    """For `break`, `mend`: the device; for `away`, `back`: the container."""
    tells: str | None = None
    """What a spectator is told when the person does it; without it a sentence is made of the step."""

    def seconds_left(self, now: datetime) -> float | None:
        """How long it is until the time of day that a `lapse` waits for; None where it waits for something else."""
        if (match := _CLOCK.fullmatch(self.until or "")) is None:
            return None
        at = datetime.combine(now, time(int(match["hour"]), int(match["minute"])), now.tzinfo)
        day = timedelta(days=1)
        return (at + day - now if match["tomorrow"] else (at - now) % day).total_seconds()

    @model_validator(mode="after")
    def _complete(self) -> "ScenarioStep":
        needs = {"show": "picture", "ask": "name", "wait": "until", "lapse": "until"} | dict.fromkeys(
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


class ExpectedOutcome(_ScenarioPart):
    """What must have been delivered in the end; anything else is a failure (exit code 1)."""

    food_types: tuple[int, ...] = ()
    """The ftypeIds registered, in order."""
    containers: int = 0
    """How many containers must have delivered readings."""
    items: int = 0
    """How many foods must have been registered, whatever they are."""
    stock: tuple[str, ...] | None = None
    """The names of what must be on the list in the end, whatever was done on the way."""


class ScenarioPast(_ScenarioPart):
    """What the fridge remembers from before the story begins."""

    hours: Annotated[float, Field(gt=0, le=24 * 14)]
    """For how long its containers have been measured."""
    names: Annotated[dict[str, str], checked(_addresses)]
    """What is in them, by address."""


class Scenario(_ScenarioPart):
    """Everything a dry run plays."""

    title: str
    starts: time | None = None
    """The time of day at which the story begins; else now. It begins right after the fridge's turn to send readings
    that follows, so that the first batch carries a whole round of them."""
    wake_phrase: str = "일반 등록"
    answer: str | None = None
    """What the person answers when asked for a name and the step gives none."""
    settings: dict[str, dict[str, Any]] = {}
    """Settings the scenario wants, weaker than every other source; once it is loaded, each as `GivenValue`."""
    roster: Annotated[tuple[str, ...], checked(_addresses)] = ()
    """Containers the fridge knows from the start."""
    containers: Annotated[dict[str, str], checked(_addresses)] = {}
    """Containers in the air: address and the food inside, by which their sensors drift."""
    past: ScenarioPast | None = None
    step: tuple[ScenarioStep, ...] = ()
    expect: ExpectedOutcome = ExpectedOutcome()

    def begins(self, today: datetime, phase_s: float, interval_s: float) -> datetime:
        """When the simulated clock begins, for a fridge that sends `phase_s` into every interval."""
        if self.starts is None:
            return today
        start = datetime.combine(today, self.starts, today.tzinfo)
        return start + timedelta(seconds=(phase_s - start.timestamp()) % interval_s + 1)

    @property
    def given(self) -> dict[str, GivenValue]:
        """The settings by their keys, such as `fridge.id`."""
        return {f"{section}.{name}": one for section, table in self.settings.items() for name, one in table.items()}

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


def find_scenario(name: str) -> Path:
    """The file of a scenario given by path or by the name of one that comes with the agent. Raises `SettingsError`."""
    with_agent = [folder / f"{name}.toml" for folder in (_HERE, _CHECKOUT)]
    if found := next((path for path in [Path(name), *with_agent] if path.is_file()), None):
        return found
    names = shipped()
    remedy = f"there is no such file, nor a scenario of that name; there are {', '.join(names)}{near(name, names)}"
    raise SettingsError(SettingMistake(source="command line", key="scenario", value=name, remedy=remedy))


def shipped() -> list[str]:
    """The names of the scenarios that come with the agent."""
    return sorted({file.stem for folder in (_HERE, _CHECKOUT) for file in folder.glob("*.toml")})


def load_scenario(file: Path) -> Scenario:
    """Read a scenario; its pictures are looked up beside it, and else among those that come with the agent.

    Raises `SettingsError` with all that is wrong.
    """
    content = read_toml(file)
    mistakes = list(content.mistakes)
    try:
        scenario = Scenario.model_validate(content.tables)
    except ValidationError as error:
        raise SettingsError(*mistakes, *(_mistake(content, one) for one in refused(Scenario, error))) from None
    for place, step in enumerate(scenario.step):
        if step.picture is not None and _picture(step.picture, file) is None:
            remedy = (
                f"there is no such file in {file.parent.absolute()}; copy the picture there, or give its whole path"
            )
            mistakes.append(_mistake(content, RefusedValue(("step", place, "picture"), str(step.picture), remedy)))
    if mistakes:
        raise SettingsError(*mistakes)
    return _placed(scenario, content)


def _picture(name: Path, file: Path) -> Path | None:
    places = (folder / name for folder in (file.parent, _HERE, _CHECKOUT))
    return next((place for place in places if place.is_file()), None)


def _mistake(content: TomlFile, wrong: RefusedValue) -> SettingMistake:
    key = ".".join(part for part in wrong.loc if isinstance(part, str))
    line = content.line(wrong.loc)
    return SettingMistake(source=str(content.file), line=line, key=key, value=wrong.value, remedy=wrong.remedy)


def _placed(scenario: Scenario, content: TomlFile) -> Scenario:
    """The scenario with its pictures found, and where its settings come from."""
    steps = tuple(
        step if step.picture is None else step.model_copy(update={"picture": _picture(step.picture, content.file)})
        for step in scenario.step
    )
    settings = {
        section: {
            name: GivenValue(value, str(content.file), content.line(("settings", section, name)))
            for name, value in table.items()
        }
        for section, table in scenario.settings.items()
    }
    return scenario.model_copy(update={"step": steps, "settings": settings})


_EVERY = timedelta(minutes=10)

_OUT_OF_REACH = (timedelta(hours=20), timedelta(hours=16))
"""One container was taken out of the kitchen then: charts show a gap."""


class RememberedPast:
    """Each food in a container, and the container's readings; nothing is worked out before it is asked for."""

    def __init__(self, radio: SimulatedRadio, names: Mapping[Address, str], now: datetime, lasted: timedelta) -> None:
        self._radio = radio
        self._names = names
        self._now = now
        self._lasted = lasted

    def __iter__(self) -> Iterator[tuple[FoodItem, Iterator[Reading]]]:
        began = self._now - self._lasted
        for number, (address, name) in enumerate(self._names.items()):
            food = FoodItem(id=uuid7(began), kind=FoodType.CONTAINER, name=name, registered_at=began, address=address)
            yield food, self._readings(address, with_gap=number == 0)

    def _readings(self, address: Address, *, with_gap: bool) -> Iterator[Reading]:
        at = self._now - self._lasted
        while at < self._now:
            if not with_gap or not self._now - _OUT_OF_REACH[0] <= at < self._now - _OUT_OF_REACH[1]:
                yield Reading(address, at, self._radio.measured(address, (self._now - at).total_seconds()))
            at += _EVERY


_OF: Mapping[str, Callable[[ScenarioStep, str], Phrase]] = {
    "come": lambda _step, _call: Phrase("Somebody comes to the fridge."),
    "leave": lambda _step, _call: Phrase("The person goes away."),
    "press": lambda _step, _call: Phrase("The person presses the button."),
    "double": lambda _step, _call: Phrase("The person presses the button twice: take back the last one."),
    "long": lambda _step, _call: Phrase("The person presses the button for a second, to name food without a code."),
    "hold": lambda _step, _call: Phrase("The person holds the button down: cancel everything."),
    "help": lambda _step, _call: Phrase("The person holds the button for five seconds: how is the fridge?"),
    "ask": lambda step, _call: Phrase("The person calls the fridge and asks “{question}”.", question=step.name or ""),
    "show": lambda step, _call: _shown(step),
    "wake": lambda step, call: _called(step, call),
    "lapse": lambda _step, _call: Phrase("Time passes."),
    "break": lambda step, _call: Phrase("Now this breaks: {device}.", device=Phrase(step.what or "")),
    "mend": lambda step, _call: Phrase("Now this works again: {device}.", device=Phrase(step.what or "")),
    "away": lambda step, _call: Phrase("Somebody takes the container {address} away.", address=step.what),
    "back": lambda step, _call: Phrase("Somebody brings the container {address} back.", address=step.what),
}


def direction(step: ScenarioStep, wake_phrase: str) -> Phrase | None:
    """The sentence for a step."""
    if step.tells is not None:
        return Phrase(step.tells)
    make = _OF.get(step.do)
    return make(step, wake_phrase) if make else None


def _shown(step: ScenarioStep) -> Phrase:
    picture = step.picture.name if step.picture else ""
    if step.name is None:
        return Phrase("The person holds {picture} before the camera.", picture=picture)
    template = "The person holds {picture} before the camera, and will call it “{name}”."
    return Phrase(template, picture=picture, name=step.name)


def _called(step: ScenarioStep, call: str) -> Phrase:
    if step.name is None:
        return Phrase("The person says the wake phrase “{phrase}”.", phrase=call)
    return Phrase("The person says the wake phrase “{phrase}”, to register “{name}”.", phrase=call, name=step.name)
