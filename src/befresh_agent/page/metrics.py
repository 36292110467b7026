"""`/metrics`: the agent's numbers for Prometheus."""

from collections.abc import Iterator

from fastapi import FastAPI, Response

from befresh_agent import __version__
from befresh_agent.page.desks import Desks
from befresh_agent.page.exposition import CONTENT_TYPE, metric
from befresh_agent.page.memory import Memory
from befresh_agent.page.tally import Tally


def add(website: FastAPI, desks: Desks) -> None:
    @website.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        parts = [
            *_registration(desks.memory, desks.tally),
            *_containers(desks),
            *await _delivery(desks),
            *_agent(desks),
        ]
        return Response("".join(parts), media_type=CONTENT_TYPE)

    @website.get("/healthz", tags=["health"], responses={503: {"description": "Something does not get on."}})
    async def healthz(response: Response) -> dict[str, object]:
        """Whether work is being done, not only whether a process is there."""
        alive = await desks.health.alive()
        response.status_code = 200 if alive.ok else 503
        return alive.model_dump()


def _registration(memory: Memory, tally: Tally) -> Iterator[str]:
    yield metric("befresh_sessions_total", "counter", "Registration sessions opened.", tally.sessions)
    items = [({"type": str(kind)}, count) for kind, count in sorted(tally.items.items())]
    yield metric("befresh_items_total", "counter", "Foods registered, by type.", items)
    yield metric("befresh_items_unnamed_total", "counter", "Foods kept without a name.", tally.unnamed)
    yield metric("befresh_frames_total", "counter", "Camera frames read.", memory.frames)
    yield metric("befresh_decode_seconds_total", "counter", "Time spent reading frames.", memory.decode_s)


def _containers(desks: Desks) -> Iterator[str]:
    reads = [({"container": one, "outcome": how}, count) for (one, how), count in sorted(desks.tally.reads.items())]
    yield metric("befresh_container_reads_total", "counter", "Visits to containers, by outcome.", reads)
    healths = desks.sources.containers()
    ages = [({"container": one.address}, one.age_s) for one in healths if one.age_s is not None]
    yield metric("befresh_container_reading_age_seconds", "gauge", "Age of the last reading.", ages)
    absent = [({"container": one.address}, float(one.absent)) for one in healths]
    yield metric("befresh_container_absent", "gauge", "1 while a container does not answer.", absent)


async def _delivery(desks: Desks) -> list[str]:
    delivery = await desks.delivery.delivery()
    sent = [({"topic": topic}, count) for topic, count in sorted(desks.tally.delivered.items())]
    return [
        metric("befresh_outbox_waiting", "gauge", "Messages that wait.", delivery.waiting),
        metric("befresh_outbox_oldest_seconds", "gauge", "Age of the oldest waiting message.", delivery.oldest_s),
        metric("befresh_outbox_dead", "gauge", "Messages the broker refuses.", delivery.dead),
        metric("befresh_messages_delivered_total", "counter", "Messages that arrived, by topic.", sent),
        metric("befresh_broker_up", "gauge", "0 while the broker is out of reach.", float(delivery.broker != "lost")),
        metric("befresh_not_kept_total", "counter", "Times something could not be saved.", desks.tally.not_kept),
    ]


def _agent(desks: Desks) -> Iterator[str]:
    lag = [({"quantile": name}, value / 1000) for name, value in desks.sources.lag_ms().items()]
    yield metric("befresh_loop_lag_seconds", "gauge", "How late the event loop runs: p50, p99 and max.", lag)
    restarts = [({"part": part}, count) for part, count in sorted(desks.tally.restarts.items())]
    yield metric("befresh_restarts_total", "counter", "Crashes of restartable parts.", restarts)
    states = [({"device": seen.device, "state": seen.state.value}, 1.0) for seen, _ in desks.sources.devices.states()]
    yield metric("befresh_device_state", "gauge", "1 for the state a device is in.", states)
    yield metric("befresh_info", "gauge", "The version.", [({"version": __version__}, 1.0)])
