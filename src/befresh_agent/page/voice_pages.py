"""The pages of wake phrases and of the trial of sound, and their parts of the API."""

from typing import Annotated, Any

from fastapi import FastAPI, File, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse

from befresh_agent.errors import BefreshError
from befresh_agent.page.api import REFUSED
from befresh_agent.page.forms import result_text, run_form
from befresh_agent.page.tabs.sound_tab import SoundTab, SoundTrial
from befresh_agent.page.tabs.wake_tab import WakeLessons, WakeTab
from befresh_agent.page.templating import PageRenderer

PATH = "/wake"
SOUND = "/sound"
TEACH = f"{PATH}/teach"
Name = Annotated[str, Form(max_length=100)]


def add_wake(website: FastAPI, tab: WakeTab, looks: PageRenderer, phrase: str) -> None:
    @website.get(PATH, include_in_schema=False)
    async def wake(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        shown: dict[str, Any] = {"phrase": phrase, "said": result_text(said, why=why)}
        try:
            shown |= {"lessons": await tab.state(), "trouble": ""}
        except BefreshError as error:
            shown |= {"lessons": None, "trouble": str(error)}
        return await looks.page(request, "wake.html", **shown)

    @website.get("/api/v1/wake", tags=["wake"])
    async def state() -> WakeLessons:
        """Who taught a wake phrase, and how the lesson goes that is under way."""
        return await tab.state()

    @website.post(TEACH, include_in_schema=False)
    async def teach(
        name: Name = "",
        keep: Annotated[str, Form()] = "",
        recordings: Annotated[list[UploadFile] | None, File()] = None,
    ) -> Response:
        sounds = [sound for one in recordings or () if (sound := await one.read())]

        async def work() -> None:
            tab.teach(name, sounds, keep=bool(keep))

        return await run_form(work, PATH)

    @website.post(f"{PATH}/undo", include_in_schema=False)
    async def undo(name: Name) -> Response:
        return await run_form(lambda: tab.undo(name), PATH, "", "saved")

    @website.post(f"{PATH}/forget", include_in_schema=False)
    async def forget(name: Name) -> Response:
        return await run_form(lambda: tab.forget(name), PATH, "", "saved")

    @website.post(f"{PATH}/recordings", include_in_schema=False)
    async def delete_recordings(name: Name) -> Response:
        return await run_form(lambda: tab.forget(name, recordings=True), PATH, "", "saved")


def add_sound(website: FastAPI, tab: SoundTab, looks: PageRenderer) -> None:
    @website.get(SOUND, include_in_schema=False)
    async def sound(request: Request, said: str = "", why: str = "") -> HTMLResponse:
        return await looks.page(request, "sound.html", trial=tab.trial, said=result_text(said, why=why))

    @website.post(f"{SOUND}/test", include_in_schema=False)
    async def try_out() -> Response:
        async def work() -> None:
            tab.begin()

        return await run_form(work, SOUND)

    @website.get("/api/v1/sound", tags=["health"])
    async def trial() -> SoundTrial:
        """How the last trial of microphone and loudspeaker went, or the one that is under way."""
        return tab.trial

    @website.post("/api/v1/sound/test", tags=["health"], status_code=202, responses=REFUSED)
    async def begin() -> SoundTrial:
        """Record three seconds and play them back, where no session is open."""
        return tab.begin()
