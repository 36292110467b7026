"""The MQTT topics of one fridge, and its ids in Home Assistant. In: its number, the settings. Out: topics."""

from dataclasses import dataclass

from befresh_agent.domain.container import Address


@dataclass(frozen=True, slots=True)
class HomeTopics:
    """Where everything is told; `base` ends with the fridge's number."""

    base: str
    discovery: str
    fridge_id: int

    @property
    def fridge(self) -> str:
        """The fridge's id in Home Assistant."""
        return f"befresh_{self.fridge_id}"

    def box(self, address: Address) -> str:
        """A container's id."""
        return f"{self.fridge}_{address.replace(':', '').lower()}"

    def of(self, word: str) -> str:
        """The topic of one of the fridge's states or commands."""
        return f"{self.base}/{word}"

    def box_state(self, address: Address) -> str:
        return f"{self.base}/container/{address.replace(':', '').lower()}"

    def config(self, device: str) -> str:
        return f"{self.discovery}/device/{device}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery}/status"

    @property
    def own(self) -> tuple[str, str]:
        """Filters that find whatever an agent of this fridge may have left behind."""
        return f"{self.base}/#", self.config("+")

    def is_own(self, topic: str) -> bool:
        """Whether it is this fridge's, and no other's."""
        before, _, device = topic.removesuffix("/config").rpartition("/")
        is_config = before == f"{self.discovery}/device" and topic.endswith("/config")
        is_device = device == self.fridge or device.startswith(f"{self.fridge}_")
        return topic.startswith(f"{self.base}/") or (is_config and is_device)
