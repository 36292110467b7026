"""The very files of config/backend, run without Docker: each engine as a process of its own on free ports of loopback.

Of compose.yaml are taken: every service's environment, and the line that makes the topics. Where they name a container
and its port, they get this machine's. Grafana is not run: its queries are.
"""

import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import yaml
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config" / "backend"
OWN_ENGINES = ROOT / "build" / "backend" / "bin"

_PLACE = re.compile(r"([\w.-]*):(\d{4,5})\b")
_VARIABLE = re.compile(r"\$\$|\$\{\w+:-([^}]*)\}")
_PATIENCE_S = 300
"""On a machine with much else to do three Javas take minutes to come up; alone, seconds."""
_JAVA = ("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def compose() -> dict[str, Any]:
    """The file with every variable at its default."""
    text = _VARIABLE.sub(lambda found: found[1] or "$" * (found[0] == "$$"), (CONFIG / "compose.yaml").read_text())
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def engine(name: str) -> str:
    """This machine's own, or the one that `scripts/backend-engines.sh` has brought."""
    found = shutil.which(name) or shutil.which(name, path=OWN_ENGINES)
    assert found, f"there is no {name}: make test-backend brings it"
    return found


def quiet_port() -> int:
    """A free one that no outgoing connection is given meanwhile: Linux takes those from 32768 on."""
    while True:
        port = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def waited_for(what: Callable[[], object], told: str, seconds: float = _PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, told
        time.sleep(0.2)


@dataclass
class Backend:
    """What `docker compose --profile three up` starts, Grafana apart. Its data survive `kill` and `start`."""

    folder: Path
    jars: str
    services: dict[str, Any] = field(default_factory=lambda: compose()["services"])
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def brokers(self) -> list[str]:
        return [name for name, service in self.services.items() if "three" in service.get("profiles", ())]

    def here(self, text: str, own: str) -> str:
        """A setting of the service `own`, with this machine's addresses."""

        def place(found: re.Match[str]) -> str:
            name = found[1] if found[1] in self.services else own
            key = (self.brokers[0] if name == "kafka" else name, found[2])
            return f"127.0.0.1:{self.ports.setdefault(key, quiet_port())}"

        return _PLACE.sub(place, text)

    def environment(self, name: str) -> dict[str, str]:
        return {key: self.here(str(value), name) for key, value in self.services[name]["environment"].items()}

    def bootstrap(self) -> str:
        """Where fridges come in."""
        found = (self.environment(name)["KAFKA_ADVERTISED_LISTENERS"] for name in self.brokers)
        return ",".join(one.rpartition("OUTSIDE://")[2] for one in found)

    def kill(self, *names: str) -> None:
        """As a power cut does it."""
        for name in names:
            process = self.running.pop(name)
            process.kill()
            process.wait()

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def start_brokers(self) -> None:
        formatting = [self._format(name) for name in self.brokers]
        assert [one.wait(_PATIENCE_S) for one in formatting] == [0] * len(formatting), self.log_of(self.brokers[0])
        for name in self.brokers:
            self.start_broker(name)
        waited_for(lambda: self._brokers_up() == len(self.brokers), "not all brokers come up")
        self._make_topics()

    def start_broker(self, name: str) -> None:
        self._java(name, "kafka.Kafka", f"{name}.properties")

    def start_store(self) -> None:
        data = self.folder / "influxdb"
        dirs = {f"INFLUXDB_{key}": str(data / key) for key in ("META_DIR", "DATA_DIR", "DATA_WAL_DIR")}
        places = {
            "INFLUXDB_HTTP_BIND_ADDRESS": self.here("influxdb:8086", "influxdb"),
            "INFLUXDB_BIND_ADDRESS": self.here("influxdb:8088", "influxdb"),
        }
        command = [engine("influxd"), "run", "-config", os.devnull]
        self._start("influxdb", command, self.environment("influxdb") | dirs | places)
        waited_for(self._store_up, "InfluxDB does not come up: " + self.log_of("influxdb")[-2000:])

    def start_telegraf(self) -> None:
        command = [engine("telegraf"), "--config", str(CONFIG / "telegraf.conf")]
        self._start("telegraf", command, self.environment("telegraf"))

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of every series that answers an InfluxQL query: columns, tags as `tags`."""
        answer = httpx.get(f"{self._store()}/query", params={"db": "befresh", "q": query, "epoch": "ms"}, timeout=60)
        (result,) = answer.json()["results"]
        assert "error" not in result, f"{query}: {result['error']}"
        return [
            {**dict(zip(series["columns"], values, strict=True)), "tags": series.get("tags", {})}
            for series in result.get("series", ())
            for values in series["values"]
        ]

    def number(self, query: str) -> float:
        """The one figure that the query asks for; 0 where there is nothing."""
        rows = self.ask(query)
        return next((float(value) for key, value in rows[0].items() if key not in {"time", "tags"}), 0) if rows else 0

    def produce(self, topic: str, body: object, headers: dict[str, str] | None = None) -> None:
        producer = Producer({"bootstrap.servers": self.bootstrap()})
        producer.produce(topic, json.dumps(body), key=b"3", headers=list((headers or {}).items()))
        assert producer.flush(30) == 0

    def topics(self) -> dict[str, int]:
        """The partitions of every topic that fridges write to."""
        found = self._admin.list_topics(timeout=30).topics
        return {name: len(topic.partitions) for name, topic in found.items() if not name.startswith("__")}

    def forget_offsets(self, *groups: str) -> None:
        """Whoever reads for these groups begins at offset 0 again. Their members must be gone, which takes a while."""

        def forgotten() -> bool:
            codes = {_code(done) for done in self._admin.delete_consumer_groups(list(groups)).values()}
            assert codes <= {None, KafkaError.NON_EMPTY_GROUP, KafkaError.GROUP_ID_NOT_FOUND}
            return KafkaError.NON_EMPTY_GROUP not in codes

        waited_for(forgotten, "the groups never become empty")

    def all_read(self, *groups: str) -> bool:
        """Whether each group has told of every partition it reads that it is at its end."""
        return all(self._at_the_end(group) for group in groups)

    def _at_the_end(self, group: str) -> bool:
        asking = [ConsumerGroupTopicPartitions(group)]
        done = next(iter(self._admin.list_consumer_group_offsets(asking).values()))
        told = {(one.topic, one.partition): one.offset for one in done.result(30).topic_partitions}
        reader = Consumer({"bootstrap.servers": self.bootstrap(), "group.id": "nobody"})
        try:
            ends = {place: reader.get_watermark_offsets(TopicPartition(*place), timeout=30)[1] for place in told}
        finally:
            reader.close()
        return bool(told) and all(told[place] == end for place, end in ends.items())

    @cached_property
    def _admin(self) -> AdminClient:
        """Kept, as what it was asked is forgotten with it."""
        return AdminClient({"bootstrap.servers": self.bootstrap(), "log_level": 0})

    def _store(self) -> str:
        return self.environment("telegraf")["INFLUX_URL"]

    def _store_up(self) -> bool:
        try:
            return httpx.get(f"{self._store()}/ping", timeout=2).status_code == 204
        except httpx.HTTPError:
            return False

    def _brokers_up(self) -> int:
        for name in self.brokers:
            assert self.running[name].poll() is None, self.log_of(name)[-3000:]
        try:
            return len(self._admin.list_topics(timeout=5).brokers)
        except KafkaException:
            return 0

    def _format(self, name: str) -> subprocess.Popen[bytes]:
        """What Kafka's image does at its first start: settings from the environment, and a formatted storage."""
        given = self.environment(name)
        given["KAFKA_LOG_DIRS"] = str(self.folder / name)
        lines = [
            f"{key.removeprefix('KAFKA_').lower().replace('_', '.')}={value}"
            for key, value in given.items()
            if key.startswith("KAFKA_")
        ]
        (self.folder / f"{name}.properties").write_text("\n".join(lines))
        command = ("kafka.tools.StorageTool", "format", "-t", given["CLUSTER_ID"], "-c", f"{name}.properties")
        return self._java(f"{name}-format", *command)

    def _make_topics(self) -> None:
        """The line of compose.yaml, whose program stands in a container elsewhere."""
        program = self.folder / "kafka-topics.sh"
        program.write_text(
            f'#!/bin/sh\nexec {" ".join(_JAVA)} -cp "{self.jars}" org.apache.kafka.tools.TopicCommand "$@"\n'
        )
        program.chmod(0o755)
        service = self.services["topics"]
        (line,) = service["command"]
        line = self.here(line.replace("/opt/kafka/bin/kafka-topics.sh", str(program)), "topics")
        subprocess.run([*service["entrypoint"], line], check=True, timeout=_PATIENCE_S, capture_output=True)

    def _java(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        return self._start(name, [*_JAVA, "-cp", self.jars, *command], {"LC_ALL": "C.UTF-8"})

    def _start(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | environment
            )
        self.running[name] = process
        return process


def _code(done: Future[None]) -> int | None:
    """Why Kafka's administration refused; None when it did not."""
    try:
        done.result(30)
    except KafkaException as error:
        code: int = error.args[0].code()
        return code
    return None
