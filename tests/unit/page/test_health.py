import asyncio
import logging
import sqlite3

from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from befresh_agent.domain import container_events, delivery_events
from befresh_agent.domain import events as e
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.trouble import Trouble, Warned
from befresh_agent.errors import StoreError
from befresh_agent.page.downloads import metric
from befresh_agent.runtime.event_loop import within
from befresh_agent.settings.model import SecretSettings
from tests.unit.page.conftest import BOX, Kitchen, Open


async def test_health_tells_of_machine_devices_and_restarts(kitchen: Kitchen) -> None:
    kitchen.events.emit(e.ServiceRestarted("voice", "boom", 1.0))
    found = await kitchen.json("/api/v1/health")
    assert found["lag_ms"] == {"p50": 0.1, "p99": 1.5, "max": 7.25}
    assert found["restarts"] == {"voice": 1}
    assert found["memory_mb"] > 10
    assert "All is well" in (await kitchen.browser.get("/health")).text


async def test_health_tells_what_status_tells(kitchen: Kitchen) -> None:
    kitchen.seen.troubles.append(Trouble("power", "too little voltage right now", "a short cable"))
    kitchen.seen.warnings += [
        Warned("2026-11-20T09:30:00+09:00", "radio", "hci0 was lost"),
        Warned("2026-11-21T09:30:00+09:00", "camera", "no picture", 3),
    ]
    found = await kitchen.json("/api/v1/health")
    assert found["troubles"] == [
        {"subject": "power", "detail": "too little voltage right now", "remedy": "a short cable"}
    ]
    assert [(one["part"], one["times"]) for one in found["warnings"]] == [("camera", 3), ("radio", 1)]
    page, first = (await kitchen.browser.get("/health")).text, (await kitchen.browser.get("/")).text
    assert "hci0 was lost" in page
    assert "The fridge gets too little power" in page
    assert "The fridge gets too little power" in first


async def test_what_does_not_get_on_is_named(kitchen: Kitchen) -> None:
    assert (await kitchen.json("/healthz"))["ok"]
    kitchen.seen.unwell.append("relay")
    sick = await kitchen.browser.get("/healthz")
    assert (sick.status_code, sick.json()) == (503, {"ok": False})
    page = (await kitchen.browser.get("/health")).text
    assert "Something needs a look" in page
    assert "relay" in page


async def test_a_process_whose_database_is_gone_is_not_healthy(kitchen: Kitchen) -> None:
    def vanish(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE outbox")

    await kitchen.database.run(vanish)
    assert (await kitchen.browser.get("/healthz")).status_code == 503
    assert (await kitchen.browser.get("/api/v1/messages")).status_code == 503


async def test_no_secret_gets_out_whatever_is_logged(kitchen_with: Open) -> None:
    secret = "a-very-secret-key"
    async with kitchen_with(secrets=SecretSettings(kafka_password=SecretStr(secret))) as kitchen:
        logging.getLogger("broker").warning("refused with password %s", secret)
        kitchen.events.emit(delivery_events.BrokerLost(f"bad password {secret}", 0))
        kitchen.devices.report("camera", e.DeviceState.LOST, f"key {secret}")
        for path in ("/", "/health", "/delivery", "/api/v1/health", "/api/v1/now", "/api/v1/messages", "/metrics"):
            assert secret not in (await kitchen.browser.get(path)).text, path
        assert "refused with password ****" in (await kitchen.browser.get("/health")).text


async def test_metrics_can_be_read_by_prometheus(kitchen: Kitchen) -> None:
    reading = Reading(BOX, kitchen.clock.now(), Measurement(4.0))
    for event in (
        container_events.ReadingTaken(reading, 3.0),
        container_events.VisitFailed(BOX, "gone", 5.0),
        e.SessionOpened("s"),
    ):
        kitchen.events.emit(event)
    await kitchen.register("우유")
    text = (await kitchen.browser.get("/metrics")).text
    values = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values["befresh_container_reads_total", BOX, "ok"] == 1
    assert values["befresh_container_reads_total", BOX, "failed"] == 1
    assert values["befresh_sessions_total",] == 1
    assert values["befresh_outbox_waiting",] == 1
    assert values["befresh_loop_lag_seconds", "p99"] == 0.0015


def test_labels_are_escaped() -> None:
    text = metric("some_total", "counter", "Some.", [({"name": 'a"b\\c\nd'}, 2)])
    (family,) = text_string_to_metric_families(text)
    assert family.samples[0].labels == {"name": 'a"b\\c\nd'}


async def test_openapi_describes_every_path(kitchen: Kitchen) -> None:
    described = await kitchen.json("/api/v1/openapi.json")
    assert {"/api/v1/now", "/api/v1/foods", "/api/v1/containers", "/api/v1/messages", "/api/v1/health"} <= set(
        described["paths"]
    )
    assert "/food/{item}" not in described["paths"]


async def test_a_refusing_disk_is_told_of(kitchen: Kitchen) -> None:
    async def refuse(work: object) -> None:
        raise StoreError("the disk is full")

    kitchen.database.run = refuse  # type: ignore[method-assign,assignment]
    answer = await kitchen.browser.get("/api/v1/foods")
    assert (answer.status_code, answer.json()) == (503, {"detail": "the disk is full"})
    assert (await kitchen.browser.get("/food")).status_code == 503


async def test_the_doctor_examines_on_demand_and_one_at_a_time(kitchen: Kitchen) -> None:
    before = (await kitchen.json("/api/v1/health"))["checkup"]
    assert before == {"at": None, "running": False, "findings": [], "trouble": ""}
    for _ in range(2):
        assert (await kitchen.browser.post("/api/v1/health/checkup")).json()["running"]
    async with within(90):
        while (checkup := (await kitchen.json("/api/v1/health"))["checkup"])["running"]:
            await asyncio.sleep(0.1)
    assert checkup["trouble"] == ""
    assert len(checkup["findings"]) > 10
    assert checkup["findings"][0]["name"] in (await kitchen.browser.get("/health")).text
