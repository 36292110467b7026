"""How a form on a page went: it does its work, then sends the browser back with a word on that.

In: the work. Out: a redirect whose query names the sentence, and that sentence.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import RedirectResponse

from befresh_agent.errors import BefreshError

RESULTS = {
    "named": "Named: {name}. The service is told now.",
    "here": "Saved on this fridge only: the service has been told already and does not learn of the change.",
    "saved": "Saved.",
    "spelling-on": "Dates are read in this way, too, from now on. Show it again.",
    "date-right": "Its date counts now. The service is told once it has a name.",
    "eaten": "{name}: eaten.",
    "thrown": "{name}: thrown away.",
    "untold": "Taken off the list. The service never hears of it.",
    "added": "{name} is on the list.",
    "no-photo": "Choose a photo first.",
    "both": "Both are on the list.",
    "emptied": "Thank you.",
    "open": "Phones in this house can come in now.",
    "shut": "The page is for this screen alone again.",
    "back": "Back on the list.",
    "retried": "They wait for delivery again.",
    "none-dead": "None of them was refused.",
    "reading": "It is visited as soon as the radio is free.",
    "forgotten": "It is read no longer. Show its code to the camera to bring it back.",
    "seen": "Nobody is told of it again.",
    "failed": "That did not work: {why}",
}
"""What a page says after a form was sent."""

ResultText = tuple[str, dict[str, str | None]]


def result_text(code: str, **values: str | None) -> ResultText | None:
    """The sentence to show, and its values."""
    return (RESULTS[code], values) if code in RESULTS else None


def redirect_to(place: str, **words: str) -> Response:
    """To a page of ours, whatever the form says."""
    path = place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/"
    told = urlencode({name: word for name, word in words.items() if word})
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{told}" if told else path, 303)


async def run_form(work: Callable[[], Awaitable[object]], place: str, item: str = "", word: str = "") -> Response:
    """Do the work, and say how it went."""
    try:
        await work()
    except (BefreshError, ValueError) as error:
        return redirect_to(place, said="failed", why=str(error)[:300])
    return redirect_to(place, said=word, item=item)
