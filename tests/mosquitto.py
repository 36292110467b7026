"""A real MQTT broker for tests: Debian's Mosquitto on loopback, with doors for plain text, login and TLS.

And what a client sees there. Its data die with it, as those of most households' brokers do not: the harder case.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import trustme

from tests.ports import free_port

HERE = "127.0.0.1"


@dataclass
class Mosquitto:
    folder: Path
    users: dict[str, str] = field(default_factory=dict)
    """Who may come in, and by which password; nobody: everybody may."""
    certificate: trustme.LeafCert | None = None
    """Its own, where it speaks TLS alone."""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Come up, at the same address as before."""
        lines = ["per_listener_settings false", f"listener {self.port} {HERE}", "persistence false"]
        lines += [f"allow_anonymous {'false' if self.users else 'true'}", f"user {os.environ.get('USER', 'root')}"]
        if self.users:
            lines.append(f"password_file {self._passwords()}")
        if self.certificate is not None:
            pem = self.folder / "broker.pem"
            self.certificate.private_key_and_cert_chain_pem.write_to_path(str(pem))
            lines += [f"certfile {pem}", f"keyfile {pem}"]
        settings = self.folder / "mosquitto.conf"
        settings.write_text("\n".join(lines) + "\n")
        with (self.folder / "mosquitto.log").open("ab") as log:
            command = [_program("mosquitto"), "-c", str(settings)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "mosquitto.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the broker does not come up"
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut does it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def address(self) -> str:
        return f"{HERE}:{self.port}"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[aiomqtt.Client]:
        """Somebody else in the house."""
        name, word = next(iter(self.users.items()), (None, None))
        async with aiomqtt.Client(HERE, self.port, username=name, password=word) as client:
            yield client

    async def kept(self, topics: str = "#", patience_s: float = 0.5) -> dict[str, bytes]:
        """What the broker has kept: everything that comes until there is silence for so long."""
        found: dict[str, bytes] = {}
        async with self.client() as client:
            await client.subscribe(topics)
            messages = aiter(client.messages)
            with suppress(TimeoutError):
                while True:
                    message = await asyncio.wait_for(anext(messages), patience_s)
                    if message.retain:
                        found[str(message.topic)] = bytes(message.payload)
        return found

    async def until(self, topic: str, payload: bytes, within_s: float) -> float:
        """Wait until that is kept there; how many seconds it took."""
        began = time.monotonic()
        async with self.client() as client:
            await client.subscribe(topic, qos=1)
            async with asyncio.timeout(within_s):
                async for message in client.messages:
                    if message.payload == payload:
                        break
        return time.monotonic() - began

    def _passwords(self) -> Path:
        file = self.folder / "passwords"
        file.write_text("".join(f"{name}:{word}\n" for name, word in self.users.items()))
        file.chmod(0o600)
        subprocess.run([_program("mosquitto_passwd"), "-U", str(file)], check=True)
        return file

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection((HERE, self.port), 1):
            return True
        return False


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"there is no {name}: scripts/setup.sh dev"
    return found
