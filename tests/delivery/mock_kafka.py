"""A broker that speaks the real Kafka protocol over TCP: librdkafka's mock cluster, driven by ctypes.

It is part of the library inside the confluent-kafka wheel, starts in a millisecond and makes faults on demand. It does
not check the sequences of idempotent producers and knows neither TLS nor SASL.
"""

import ctypes as c
import importlib.util
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PRODUCE, METADATA, INIT_PRODUCER_ID = 0, 3, 22
CUT = -195
"""In place of an error code: the connection is cut."""


def _library() -> c.CDLL:
    spec = importlib.util.find_spec("confluent_kafka")
    assert spec is not None
    assert spec.origin is not None
    (found,) = Path(spec.origin).parents[1].glob("confluent_kafka.libs/librdkafka-*.so*")
    return c.CDLL(str(found), mode=c.RTLD_GLOBAL)


_LIBRARY = _library()


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_LIBRARY, f"rd_kafka_{name}")
    function.restype, function.argtypes = result, list(arguments)
    return function


_conf_new = _function("conf_new", c.c_void_p)
_conf_set = _function("conf_set", c.c_int, c.c_void_p, c.c_char_p, c.c_char_p, c.c_char_p, c.c_size_t)
_new = _function("new", c.c_void_p, c.c_int, c.c_void_p, c.c_char_p, c.c_size_t)
_destroy = _function("destroy", None, c.c_void_p)
_cluster_new = _function("mock_cluster_new", c.c_void_p, c.c_void_p, c.c_int)
_cluster_destroy = _function("mock_cluster_destroy", None, c.c_void_p)
_bootstraps = _function("mock_cluster_bootstraps", c.c_char_p, c.c_void_p)
_topic_create = _function("mock_topic_create", c.c_int, c.c_void_p, c.c_char_p, c.c_int, c.c_int)
_topic_error = _function("mock_topic_set_error", None, c.c_void_p, c.c_char_p, c.c_int)
_down = _function("mock_broker_set_down", c.c_int, c.c_void_p, c.c_int32)
_up = _function("mock_broker_set_up", c.c_int, c.c_void_p, c.c_int32)
_rtt = _function("mock_broker_set_rtt", c.c_int, c.c_void_p, c.c_int32, c.c_int)
_errors = _function("mock_push_request_errors_array", None, c.c_void_p, c.c_int16, c.c_size_t, c.POINTER(c.c_int))
_clear_errors = _function("mock_clear_request_errors", None, c.c_void_p, c.c_int16)
_leader = _function("mock_partition_set_leader", c.c_int, c.c_void_p, c.c_char_p, c.c_int32, c.c_int32)
_host_port = _function("mock_broker_set_host_port", c.c_int, c.c_void_p, c.c_int32, c.c_char_p, c.c_int)


class MockKafka:
    """A cluster of so many brokers, numbered from 1; its topics have one partition each."""

    def __init__(self, brokers: int = 1, topics: tuple[str, ...] = ("food-regist", "sensor-data-topic")) -> None:
        self.brokers = range(1, brokers + 1)
        self._topics = topics

    def __enter__(self) -> Self:
        error = c.create_string_buffer(512)
        conf = _conf_new()
        for key, value in (("client.id", "mock"), ("log_level", "0")):
            assert _conf_set(conf, key.encode(), value.encode(), error, 512) == 0, error.value
        self._handle = _new(0, conf, error, 512)
        assert self._handle, error.value
        self._cluster = _cluster_new(self._handle, len(self.brokers))
        self.bootstrap: str = _bootstraps(self._cluster).decode()
        for topic in self._topics:
            assert _topic_create(self._cluster, topic.encode(), 1, len(self.brokers)) == 0
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _cluster_destroy(self._cluster)
        _destroy(self._handle)

    def down(self) -> None:
        """Every broker is gone; what was written stays."""
        for broker in self.brokers:
            _down(self._cluster, broker)

    def up(self) -> None:
        for broker in self.brokers:
            _up(self._cluster, broker)

    def broker_down(self, broker: int) -> None:
        _down(self._cluster, broker)

    def slow(self, milliseconds: int) -> None:
        """Every answer takes so long."""
        for broker in self.brokers:
            _rtt(self._cluster, broker, milliseconds)

    def answer(self, request: int, *codes: int) -> None:
        """The next requests of this kind are answered with these error codes."""
        _errors(self._cluster, request, len(codes), (c.c_int * len(codes))(*codes))

    def answer_well(self, request: int) -> None:
        """Take back the answers that are still due."""
        _clear_errors(self._cluster, request)

    def answer_late(self, request: int, milliseconds: int, *, broker: int = 1, times: int = 1) -> None:
        """The next requests of this kind do their work, but are answered so much later."""
        pairs = [value for _ in range(times) for value in (c.c_int(0), c.c_int(milliseconds))]
        _LIBRARY.rd_kafka_mock_broker_push_request_error_rtts(
            c.c_void_p(self._cluster), c.c_int32(broker), c.c_int16(request), c.c_size_t(times), *pairs
        )

    def topic_error(self, topic: str, code: int) -> None:
        """Metadata requests for the topic are answered with this error code; 0 ends it."""
        _topic_error(self._cluster, topic.encode(), code)

    def lead(self, topic: str, broker: int) -> None:
        """Another broker becomes the leader of the topic's partition."""
        _leader(self._cluster, topic.encode(), 0, broker)

    def advertise(self, host: str, port: int, *, broker: int = 1) -> None:
        """Clients are told that the broker lives there: a proxy's address."""
        assert _host_port(self._cluster, broker, host.encode(), port) == 0
