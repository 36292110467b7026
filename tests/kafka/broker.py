"""A real Apache Kafka: one node (KRaft) on loopback, fetched by Maven, with every kind of door the agent can use.

Plain text, plain text behind a proxy, TLS that asks for a certificate, and TLS with SCRAM login. Topics are not made by
themselves, and only the administrator and those who come in plain text may do everything.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from confluent_kafka.admin import AdminClient, NewTopic
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tests.ports import free_port

POM = Path(__file__).with_name("pom.xml")
_PATIENCE_S = 300
"""On a machine with much else to do a Java takes minutes to come up; alone, seconds."""
DOORS = ("PLAINTEXT", "PROXIED", "SSL", "SASL_SSL", "CONTROLLER")


def class_path(folder: Path) -> str:
    """Every jar of a Kafka; fetched once, kept by Maven."""
    if not (shutil.which("mvn") and shutil.which("java")):
        raise RuntimeError("a real broker needs Java 17 and Maven: apt install openjdk-17-jre-headless maven")
    file = folder / "class-path"
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:build-classpath", f"-Dmdep.outputFile={file}"]
    if version := os.environ.get("KAFKA_VERSION"):
        command.append(f"-Dkafka.version={version}")
    subprocess.run(command, check=True, timeout=900)
    return file.read_text()


@dataclass
class Kafka:
    """The broker; its data survive `kill` and `start`."""

    folder: Path
    jars: str
    authority: trustme.CA = field(default_factory=trustme.CA)
    ports: dict[str, int] = field(default_factory=lambda: {door: free_port() for door in DOORS})
    proxy_port: int = field(default_factory=free_port)
    """Where the door PROXIED says that it is: whoever comes in there goes through a proxy."""
    process: subprocess.Popen[bytes] | None = None

    def prepare(self, users: dict[str, str]) -> None:
        """Write the settings and format the storage, with users who can log in."""
        (self.folder / "broker.pem").write_bytes(self._certificate())
        self.authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        (self.folder / "server.properties").write_text(self._properties())
        scram = [f"--add-scram=SCRAM-SHA-512=[name={name},password={word}]" for name, word in users.items()]
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        made = ("format", f"--cluster-id={cluster}", "-c", "server.properties", *scram)  # an id may begin with a dash
        assert self._java("kafka.tools.StorageTool", *made).wait(_PATIENCE_S) == 0, (self.folder / "log").read_text()

    def start(self) -> None:
        self.process = self._java("kafka.Kafka", "server.properties")
        deadline = time.monotonic() + _PATIENCE_S
        while not self._is_up():
            assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, "the broker does not come up"
            time.sleep(0.2)

    def kill(self) -> None:
        """As a power cut does it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def address(self, door: str = "PLAINTEXT") -> str:
        return f"localhost:{self.proxy_port if door == 'PROXIED' else self.ports[door]}"

    def create_topics(self, *names: str, **settings: str) -> None:
        admin = self.admin()
        for done in admin.create_topics([NewTopic(name, 1, 1, config=settings) for name in names]).values():
            done.result(30)

    def limit_producers(self, bytes_a_second: int) -> None:
        """Whoever writes may write so much; by the name of the client, as those in plain text have no other."""
        quota = ("--add-config", f"producer_byte_rate={bytes_a_second}", "--entity-type", "clients", "--entity-default")
        command = ("kafka.admin.ConfigCommand", "--bootstrap-server", self.address(), "--alter", *quota)
        assert self._java(*command).wait(_PATIENCE_S) == 0, (self.folder / "log").read_text()[-3000:]

    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.address()})

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.ports["PLAINTEXT"]), 1):
            return bool(self.admin().list_topics(timeout=5).brokers)
        return False

    def _java(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                ["java", "-Xmx512m", "-cp", self.jars, program, *arguments],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )

    def _certificate(self) -> bytes:
        leaf = self.authority.issue_cert("localhost")
        key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        chain = b"".join(one.bytes() for one in leaf.cert_chain_pems)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain

    def _properties(self) -> str:
        listeners = ",".join(f"{door}://127.0.0.1:{port}" for door, port in self.ports.items())
        told = ",".join(f"{door}://{self.address(door)}" for door in DOORS if door != "CONTROLLER")
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return f"""
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:{self.ports["CONTROLLER"]}
controller.listener.names=CONTROLLER
listeners={listeners}
advertised.listeners={told}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
ssl.principal.mapping.rules=RULE:^.*CN=([^,]+).*$/$1/
ssl.keystore.type=PEM
ssl.keystore.location={self.folder}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={self.folder}/ca.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.dirs={self.folder}/data
"""
