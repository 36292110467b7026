"""What the page shows and the API answers of messages, and of how the agent is doing."""

from datetime import datetime
from typing import Any, Literal

from befresh_agent.page.models import Device, Line, Model


class Message(Model):
    """One message of the outbox."""

    seq: int
    id: str
    topic: str
    carries: int
    """How many foods or readings."""
    state: Literal["waiting", "delivered", "journal", "dead"]
    created: str
    delivered: str | None
    attempts: int
    error: str | None


class WholeMessage(Message):
    """With everything that travels."""

    key: str
    headers: dict[str, str]
    body: Any


class Delivery(Model):
    """How messages leave the house."""

    to: str
    """Where they go: the broker, or the journal."""
    broker: Literal["none", "ready", "lost"]
    error: str
    waiting: int
    oldest_s: float
    dead: int
    journal: int
    unnamed: int


class MessageList(Model):
    delivery: Delivery
    messages: list[Message]
    """The newest first."""
    state: Literal["waiting", "delivered", "journal", "dead"] | None


class Retried(Model):
    retried: list[int]


class Lag(Model):
    """How late the event loop runs, in milliseconds."""

    p50: float
    p99: float
    max: float


class Versions(Model):
    agent: str
    python: str
    sqlite: str
    system: str


class Finding(Model):
    """What the doctor says about one thing."""

    name: str
    state: Literal["ok", "not here", "warning", "broken"]
    detail: str
    remedy: str
    """What to do, where something is wrong."""


class Checkup(Model):
    """The doctor's last examination."""

    at: datetime | None
    running: bool
    """Another one is under way."""
    findings: list[Finding]
    trouble: str
    """Why there are none, if the examination failed."""


class LastUpdate(Model):
    """How the updater's last run ended."""

    at: datetime
    code: int
    line: str


class UpdateState(Model):
    """How this installation keeps itself up to date."""

    release: str | None
    enabled: bool
    channel: str
    unconfirmed: str | None
    """A release that is still being watched."""
    last: LastUpdate | None


class Health(Model):
    versions: Versions
    up_s: float
    lag_ms: Lag
    hanging: list[str]
    """Vital services that make no progress."""
    devices: list[Device]
    restarts: dict[str, int]
    """How often parts of the agent crashed and were started again."""
    checkup: Checkup
    update: UpdateState | None
    """None where the agent is not installed as a service."""
    memory_mb: float
    disk_free_mb: float
    database_mb: float
    log: list[Line]
    """The newest first."""


class Alive(Model):
    ok: bool
    trouble: list[str]
