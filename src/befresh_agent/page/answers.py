"""How a form's work ends: the browser is sent back to a page of ours, with a word on how it went."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from befresh_agent.errors import BefreshError

SAID = {
    "named": "Named: {name}. The service is told now.",
    "here": "Saved here. The service was already told; it does not hear of this change.",
    "saved": "Saved.",
    "gone-told": "Taken off the list here. The service was already told of it; take it off there as well.",
    "gone": "Taken off the list. The service never hears of it.",
    "back": "Back on the list.",
    "pressed": "The button was pressed.",
    "retried": "They wait for delivery again.",
    "none-dead": "None of them was refused.",
    "reading": "It is visited as soon as the radio is free.",
    "forgotten": "It is read no longer. Show its code to the camera to bring it back.",
    "failed": "That did not work: {why}",
}
"""What a page says after a form was sent."""

Said = tuple[str, dict[str, str | None]]


def said(code: str, **values: str | None) -> Said | None:
    """The sentence to show, and its values."""
    return (SAID[code], values) if code in SAID else None


def back_to(place: str, **words: str) -> Response:
    """To a page of ours, whatever the form says."""
    path = place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/"
    told = urlencode({name: word for name, word in words.items() if word})
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{told}" if told else path, 303)


async def tried(work: Callable[[], Awaitable[object]], place: str, item: str = "", word: str = "") -> Response:
    """Do the work, and say how it went."""
    try:
        await work()
    except (BefreshError, ValueError) as error:
        return back_to(place, said="failed", why=str(error)[:300])
    return back_to(place, said=word, item=item)
