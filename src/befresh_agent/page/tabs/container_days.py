"""What can be said of the days that the food in a container has left: its date and its heat, beside its air.

In: the estimate of `history/heat_records.py`. Out: the values for page and API.
"""

from datetime import date
from typing import Literal

from befresh_agent.domain.phrase import Language
from befresh_agent.history.heat_records import HeatEstimate, HeatState, heat_sentences
from befresh_agent.i18n.words import LANGUAGES
from befresh_agent.page.models import PageModel
from befresh_agent.storage.history import ContainerContent


class ContainerDays(PageModel):
    """Date and heat are statements of their own, as is the air; none of them tells about food safety."""

    use_by: date | None
    """As printed, or as a person set it."""
    heat: Literal["estimated", "unknown-food", "too-little-measured", "empty"]
    model: str | None
    citation: str | None
    used_days: float | None
    """Days at 5 °C that the measured temperatures were worth."""
    known_days: float | None
    """For how many days it keeps at 5 °C, where a person said so."""
    used_share: float | None
    """Of the known days."""
    said: dict[Language, list[str]]
    """The same in sentences, with what is not known."""


def container_days(estimate: HeatEstimate | None, content: ContainerContent | None) -> ContainerDays:
    found = estimate or HeatEstimate(HeatState.EMPTY)
    return ContainerDays(
        use_by=content.use_by if content else None,
        heat=found.state.value,
        model=found.model.name if found.model else None,
        citation=found.model.citation if found.model else None,
        used_days=found.used_days,
        known_days=found.known_days,
        used_share=found.used_share,
        said={language: heat_sentences(found, language) for language in LANGUAGES},
    )
