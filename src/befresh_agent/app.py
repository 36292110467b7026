"""The agent's life: enter the adapters, start the services, be ready, and stop in order.

A stop settles an open session, gives the relay a moment, and ends within ten seconds; nothing confirmed is lost
whatever happens on the way, because it is on disk already.
"""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator

from befresh_agent.adapters.system import open_files
from befresh_agent.adapters.system.systemd_notify import notify
from befresh_agent.assembly.hardware import Agent, AgentService
from befresh_agent.runtime import event_loop
from befresh_agent.runtime.event_loop import within

_TURN_S = 0.001
"""How long a thread that computes may keep the event loop waiting. Python's own 5 ms add up with every such thread."""
_SETTLE_S = 3.0
_RELAY_S = 4.0
"""And two more to close the connection: with settling nine of the ten seconds."""

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""SIGHUP comes when the window closes in which the agent was started."""

log = logging.getLogger("agent")


class AgentRun:
    """One run of one agent."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._ending = asyncio.Event()
        self.failed = False
        """Whether it ended because it could not go on, although in order."""

    def stop(self) -> None:
        """Stop in order, soon."""
        self._ending.set()

    def give_up(self) -> None:
        """Stop in order, because it cannot go on."""
        self.failed = True
        self.stop()

    async def run(self) -> None:
        """From the first adapter to the last; raises what a vital service crashed with."""
        event_loop.log_lost_errors()
        sys.setswitchinterval(_TURN_S)
        with _signals(self.stop):
            async with contextlib.AsyncExitStack() as adapters:
                for adapter in self._agent.adapters:
                    await adapters.enter_async_context(adapter)
                await self._serve()

    async def _serve(self) -> None:
        async with _running(self._agent) as tasks:
            tasks.append(asyncio.create_task(open_files.watch(self.give_up)))
            self._agent.status.ready = True
            notify("READY=1")
            log.debug("ready")
            await self._ending.wait()
            notify("STOPPING=1")
            await self._settle()
            for task in tasks:
                task.cancel()
        await self._agent.relay.stop(_RELAY_S)

    async def _settle(self) -> None:
        """An open session settles with what it has."""
        try:
            async with within(_SETTLE_S):
                await self._agent.registration.stop()
        except TimeoutError:
            log.warning("the session did not settle in time; it is settled from disk at the next start")


@contextlib.asynccontextmanager
async def _running(agent: Agent) -> AsyncIterator[list[asyncio.Task[None]]]:
    """All services at work; the first vital one that crashes ends the others and is raised."""
    async with asyncio.TaskGroup() as group:
        yield [group.create_task(_alive(agent, service), name=service.name) for service in agent.services]


async def _alive(agent: Agent, service: AgentService) -> None:
    if service.vital:
        await service.run()
    else:
        await agent.supervisor.restartable(service.name, service.run)


@contextlib.contextmanager
def _signals(end: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in _ENDING:
            loop.remove_signal_handler(number)
