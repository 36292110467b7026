"""The Kafka broker, at each of its listeners."""

from befresh_agent.adapters import kafka_listeners
from befresh_agent.doctor.check import Check, absent, broken, ok, warning
from befresh_agent.doctor.patient import Patient
from befresh_agent.errors import SettingsError
from befresh_agent.settings import KafkaSettings

_LIMIT_S = 2.0
"""For connecting, and once more for asking."""


async def broker(patient: Patient) -> list[Check]:
    kafka = patient.settings.kafka
    if not kafka.server:
        return [absent("broker", "none is set: messages stay in the journal")]
    try:
        reached = await kafka_listeners.reach(kafka, patient.settings.secrets, _LIMIT_S)
    except ImportError as error:
        return [broken("broker", str(error), "pip install 'befresh-agent[kafka]'")]
    except SettingsError as error:
        return [broken("broker", f"{error.key} = {error.value!r}", error.remedy)]
    listeners = [_listener(address, trouble, kafka.server) for address, trouble in reached.addresses.items()]
    return listeners if reached.topics is None else [*listeners, _topics(kafka, reached.topics)]


def _topics(kafka: KafkaSettings, there: frozenset[str]) -> Check:
    wanted = (kafka.food_topic, kafka.sensor_topic)
    if missing := [topic for topic in wanted if topic not in there]:
        detail = f"{', '.join(missing)}: not there, or closed to this fridge; messages wait"
        return warning("topics", detail, f"on the broker: kafka-topics.sh --create --topic {missing[0]}")
    return ok("topics", ", ".join(wanted))


def _listener(address: str, trouble: str, asked: str) -> Check:
    name = f"broker {address}"
    if not trouble:
        return ok(name, "answers")
    if address in asked:
        return broken(name, trouble, "start the broker, open its firewall, or correct kafka.server")
    remedy = f"set the broker's advertised.listeners to a name this machine knows, or add {address} to /etc/hosts"
    return broken(name, trouble, remedy)
