"""What Home Assistant is told once: which devices and entities there are (MQTT device discovery, its retained configs).

In: the fridge, a container, what is allowed. Out: for each device a topic and its config. Ids come from the fridge's
number and the container's address alone: whoever renames a container keeps its entities. An entity that is not allowed
is told by its platform alone, which takes away what was there before.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Quantity
from befresh_agent.home.rules.home_topics import HomeTopics

Json = dict[str, Any]
Translate = Callable[[str], str]

ONLINE = b"online"
AIR_STATES = ("learning", "steady", "rising", "unmeasured")
EVENT_TYPES = ("registered", "unnamed", "taken_out")
_CLASSES = {
    Quantity.TEMPERATURE: "temperature",
    Quantity.HUMIDITY: "humidity",
    Quantity.PRESSURE: "atmospheric_pressure",
    Quantity.CO2: "carbon_dioxide",
}
"""What Home Assistant calls a quantity that it knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeWishes:
    """What is shown and allowed."""

    picture: bool = False
    may_press: bool = False
    may_speak: bool = False
    may_update: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxProfile:
    """What does not change with every reading."""

    address: Address
    title: str
    battery: bool
    """Whether it tells how full its battery is."""
    expires_s: int
    """Values are not believed for longer."""


def fridge_config(topics: HomeTopics, wishes: HomeWishes, version: str, page: str | None, say: Translate) -> bytes:
    """The fridge; `page` is the address of its page, where others can open it."""
    about: Json = {
        "identifiers": [topics.fridge],
        "name": say("Fridge {number}").format(number=topics.fridge_id),
        "manufacturer": "befresh",
        "model": "befresh-agent",
        "sw_version": version,
    }
    if page:
        about["configuration_url"] = page
    entities = _Entities(topics.fridge, say)
    _foods(entities, topics)
    _health(entities, topics)
    _commands(entities, topics, wishes)
    return _config(about, version, entities, {"availability_topic": topics.of("status")})


def box_config(topics: HomeTopics, box: BoxProfile, version: str, say: Translate) -> bytes:
    """A container."""
    about: Json = {
        "identifiers": [topics.box(box.address)],
        "connections": [["bluetooth", box.address]],
        "name": box.title,
        "manufacturer": "befresh",
        "model": say("smart container"),
        "via_device": topics.fridge,
    }
    state = topics.box_state(box.address)
    fridge = {"topic": topics.of("status")}
    fresh = {"topic": state, "value_template": "{{ 'online' if value_json.fresh else 'offline' }}"}
    measured: Json = {
        "state_topic": state,
        "availability": [fridge, fresh],
        "availability_mode": "all",
        "expire_after": box.expires_s,
    }
    known: Json = {"state_topic": state, "availability": [fridge]}
    entities = _Entities(topics.box(box.address), say)
    for quantity in Quantity:
        entities.add("sensor", quantity.value, quantity.traits.label, **measured, **_quantity(quantity))
    entities.add(
        "sensor", "air", "Air", **measured, device_class="enum", options=list(AIR_STATES), icon="mdi:air-filter"
    )
    entities.add("sensor", "use_by", "Date", **known, device_class="date")
    entities.add("sensor", "heat", "Days used, by temperature", **known, icon="mdi:thermometer-lines")
    spent: Json = {"state_class": "measurement", "icon": "mdi:timer-sand"}
    entities.add("sensor", "used_days", "Days used at 5 °C", **known, **spent, unit_of_measurement="d")
    entities.add("sensor", "used_percent", "Share of its days used", **known, **spent, unit_of_measurement="%")
    entities.add("sensor", "food", "What is in it", **known, icon="mdi:food", json_attributes_topic=state)
    entities.add("binary_sensor", "heard", "Heard", **known, device_class="connectivity", entity_category="diagnostic")
    battery: Json = {"device_class": "battery", "unit_of_measurement": "%", "entity_category": "diagnostic"}
    entities.add("sensor", "battery", "Battery", **known, **battery, allowed=box.battery)
    return _config(about, version, entities, {})


def _quantity(quantity: Quantity) -> Json:
    """As it is kept: of gas in ohm, not in the kiloohm that people read."""
    traits = quantity.traits
    found: Json = {"state_class": "measurement", "suggested_display_precision": traits.shown_decimals}
    if traits.per_unit == 1000:
        found["suggested_display_precision"] = 0
    if quantity in _CLASSES:
        found["device_class"] = _CLASSES[quantity]
    if traits.unit:
        found["unit_of_measurement"] = traits.unit.removeprefix("k") if traits.per_unit == 1000 else traits.unit
    return found


class _Entities:
    """The entities of a device, by their short names."""

    def __init__(self, device: str, say: Translate) -> None:
        self._device = device
        self._say = say
        self.found: dict[str, Json] = {}

    def add(self, platform: str, key: str, name: str, *, allowed: bool = True, **more: Any) -> None:
        """Its value is the field of that name in the JSON of its state, where no other template is given."""
        if not allowed:
            self.found[key] = {"platform": platform}
            return
        unique = f"{self._device}_{key}"
        entity: Json = {"platform": platform, "unique_id": unique, "name": self._say(name)}
        # Else Home Assistant makes ids of the names, which are Korean; the second is for its releases before 2025.10.
        entity |= {"default_entity_id": f"{platform}.{unique}", "object_id": unique}
        if platform in ("sensor", "binary_sensor") and "value_template" not in more:
            entity["value_template"] = f"{{{{ value_json.{key} }}}}"
        self.found[key] = entity | more


def _foods(entities: _Entities, topics: HomeTopics) -> None:
    food = topics.of("food")
    count: Json = {"state_class": "measurement"}
    entities.add("sensor", "first", "Eat first", state_topic=food, json_attributes_topic=food, icon="mdi:food-apple")
    for key, name, icon in (
        ("due", "Due soon", "mdi:calendar-clock"),
        ("past", "Past its day", "mdi:calendar-alert"),
        ("unnamed", "Without a name", "mdi:help-circle-outline"),
    ):
        entities.add("sensor", key, name, state_topic=food, icon=icon, **count)
    entities.add(
        "event", "happened", "Food", state_topic=topics.of("event"), event_types=list(EVENT_TYPES), icon="mdi:fridge"
    )


def _health(entities: _Entities, topics: HomeTopics) -> None:
    state = topics.of("health")
    entities.add("binary_sensor", "session", "Registering", state_topic=state, icon="mdi:barcode-scan")
    diagnostic: Json = {"entity_category": "diagnostic", "state_class": "measurement"}
    entities.add("sensor", "waiting", "Messages waiting", state_topic=state, icon="mdi:tray-full", **diagnostic)
    update: Json = {"state_topic": topics.of("update"), "entity_category": "diagnostic"}
    entities.add("update", "version", "befresh-agent", **update)


def _commands(entities: _Entities, topics: HomeTopics, wishes: HomeWishes) -> None:
    entities.add("button", "press", "Button", command_topic=topics.of("press"), allowed=wishes.may_press)
    entities.add("notify", "say", "Say", command_topic=topics.of("say"), allowed=wishes.may_speak)
    look: Json = {"command_topic": topics.of("look"), "entity_category": "config", "icon": "mdi:update"}
    entities.add("button", "look", "Look for an update", **look, allowed=wishes.may_update)
    picture: Json = {"image_topic": topics.of("picture"), "content_type": "image/jpeg"}
    entities.add("image", "picture", "Last picture", **picture, allowed=wishes.picture)


def _config(about: Json, version: str, entities: _Entities, common: Mapping[str, Any]) -> bytes:
    origin = {"name": "befresh-agent", "sw_version": version}
    config = {"device": about, "origin": origin, "qos": 1, **common, "components": entities.found}
    return packed(config)


def packed(value: Mapping[str, Any]) -> bytes:
    """As it travels: the same value gives the same bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
