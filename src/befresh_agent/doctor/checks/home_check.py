"""What tells the household elsewhere: the MQTT broker of Home Assistant, and who gets notices."""

import os
from urllib.parse import urlsplit

from befresh_agent.adapters.mqtt.mqtt_broker import MqttBroker
from befresh_agent.doctor.check import CheckResult, ExaminedMachine, absent, broken, ok, warning
from befresh_agent.errors import DeviceError
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import remedy
from befresh_agent.runtime.subprocesses import PATIENCE_S, python_command, run_bounded
from befresh_agent.settings.home_sections import notify_urls

_LIMIT_S = 8.0
_NAME = "home assistant"


async def home_assistant(patient: ExaminedMachine, limit_s: float = _LIMIT_S) -> list[CheckResult]:
    """Log in under a name of its own: the running agent stays connected."""
    mqtt, secrets = patient.settings.mqtt, patient.settings.secrets
    if not mqtt.server:
        return [absent(_NAME, "mqtt.server is not set: nothing is shown there")]
    if mqtt.username and "secrets.mqtt_password" in patient.withheld:
        return [absent(_NAME, "only the service may read its password: ask as root")]
    broker = MqttBroker(mqtt, secrets, name=f"befresh-doctor-{os.getpid()}")
    try:
        async with within(limit_s), broker.connected():
            pass
    except TimeoutError:
        detail = f"{broker.where}: no answer within {limit_s:g} s"
        return [broken(_NAME, detail, "start the broker, or correct mqtt.server")]
    except DeviceError as error:
        return [broken(_NAME, error.detail, error.remedy or "look into the broker's own log")]
    return [ok(_NAME, f"{broker.where} answers")]


async def notices(patient: ExaminedMachine) -> list[CheckResult]:
    """Whether the addresses can be used; nobody is told anything."""
    urls = notify_urls(patient.settings.secrets.notify_urls)
    if not urls:
        held = "secrets.notify_urls" in patient.withheld
        return [absent("notices", "only the service may read who gets them" if held else "nobody is told anything")]
    given = "\n".join(urls).encode()
    try:
        code, said = await run_bounded(*python_command(_KNOWN), limit_s=PATIENCE_S, given=given)
    except (OSError, TimeoutError):
        return [warning("notices", "Apprise gave no answer", "look again when this machine has less to do")]
    if code:
        return [broken("notices", "Apprise does not load", remedy("notify"))]
    services = [urlsplit(url).scheme for url in urls]
    if unknown := said.decode().split():
        wrong = ", ".join(services[int(number)] for number in unknown)
        return [broken("notices", f"{wrong}: no address that Apprise knows", "correct secrets.notify_urls")]
    return [ok("notices", ", ".join(services))]


_KNOWN = """
import apprise, logging, sys
logging.disable()
print(*(n for n, url in enumerate(sys.stdin.read().split()) if not apprise.Apprise().add(url)))
"""
"""Prints the numbers of what is no address."""
