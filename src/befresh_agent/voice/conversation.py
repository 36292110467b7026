"""Voice stage, voice process's side: does what the main loop asks of the ear, and tells what came of it."""

import asyncio
from collections.abc import Callable

from befresh_agent.ports.voice import NotHeard
from befresh_agent.voice.ear import Ear
from befresh_agent.voice.messages import AreYouThere, Dead, Heard, Listen, Live, Message, Missed, Mute, StillHere, Stop


class Conversation:
    """At most one listening attempt at a time; a new one ends the one before."""

    def __init__(self, ear: Ear, send: Callable[[Message], None]) -> None:
        self._ear = ear
        self._send = send
        self._listening: asyncio.Task[None] | None = None
        self._number = 0

    def receive(self, message: Message) -> None:
        match message:
            case AreYouThere():
                self._send(StillHere())
            case Live():
                self._ear.open()
            case Dead():
                self._stop()
                self._ear.close()
            case Mute(on=on):
                self._ear.mute(on)
            case Listen():
                self._stop()
                self._number = message.id
                self._listening = asyncio.create_task(self._listen(message))
            case Stop(id=self._number):
                self._stop()

    def _stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self, wish: Listen) -> None:
        try:
            text = await self._ear.listen(wish.silence_s, wish.phrase_s)
        except NotHeard as error:
            self._send(Missed(wish.id, error.why, error.detail))
        else:
            self._send(Heard(wish.id, text))
