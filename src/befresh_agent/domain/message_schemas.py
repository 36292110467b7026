"""The published JSON Schemas of everything that leaves the house.

In: the models of the messages. Out: schemas by file name. A version is counted up with every addition. They are open,
and additions are never required: today's consumers take yesterday's bodies, and yesterday's consumers today's.
"""

from typing import Any

from befresh_agent.domain.messages import FoodBody, Headers, RemovedBody, SensorBody
from befresh_agent.domain.report_messages import FreshnessBody, HeartbeatBody
from befresh_agent.domain.wire_types import WireModel

_MODELS: dict[str, tuple[type[WireModel], int]] = {
    "food-regist": (FoodBody, 2),
    "sensor-data": (SensorBody, 3),
    "food-removed": (RemovedBody, 1),
    "container-freshness": (FreshnessBody, 1),
    "fridge-heartbeat": (HeartbeatBody, 1),
    "headers": (Headers, 2),
}


def schemas() -> dict[str, dict[str, Any]]:
    """The published JSON Schemas by file name."""
    return {f"{name}.schema.json": _schema(name, model, version) for name, (model, version) in _MODELS.items()}


def _schema(name: str, model: type[WireModel], version: int) -> dict[str, Any]:
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:befresh:{name}:{version}"}
    return named | _opened(model.model_json_schema(mode="serialization"))


def _opened(schema: dict[str, Any]) -> dict[str, Any]:
    """Without what binds this program alone: no further members, and all that were added later."""
    opened = {key: _opened(value) if isinstance(value, dict) else value for key, value in schema.items()}
    if opened.get("additionalProperties") is False:
        del opened["additionalProperties"]
    if isinstance(members := opened.get("properties"), dict) and "required" in opened:
        later = {name for name, member in members.items() if "x-since" in member}
        opened["required"] = [name for name in opened["required"] if name not in later]
    return opened
