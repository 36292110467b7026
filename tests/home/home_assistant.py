"""A real Home Assistant on loopback: made from nothing, logged in to, asked and told over its own API."""

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.mosquitto import HERE
from tests.ports import free_port

PROGRAM = Path("build/home-assistant/bin/hass")
_PATIENCE_S = 120.0
_CONFIGURATION = """
homeassistant:
  name: Home
  unit_system: metric
  time_zone: Asia/Seoul
  country: KR
  language: {language}
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
config:
frontend:
history:
automation: !include automations.yaml
logger:
  default: warning
"""
_STEPS = ["user", "core_config", "analytics", "integration"]
_ME = {"username": "home", "password": "home-pass"}


@dataclass
class HomeAssistant:
    """Its data survive `kill` and `start`."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    token: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)
    """What a browser keeps of its login."""

    def prepare(self, language: str = "ko", automations: str = "[]") -> None:
        """As somebody left it who has just installed it, and copied these automations (YAML)."""
        storage = self.folder / ".storage"
        storage.mkdir(parents=True)
        done = {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": _STEPS}}
        (storage / "onboarding").write_text(json.dumps(done))
        (self.folder / "configuration.yaml").write_text(_CONFIGURATION.format(port=self.port, language=language))
        (self.folder / "automations.yaml").write_text(automations)
        command: list[str | Path] = [PROGRAM, "--script", "auth", "-c", self.folder, "add", *_ME.values()]
        subprocess.run(command, check=True, capture_output=True)

    async def start(self) -> None:
        self.process = self._started()
        async with asyncio.timeout(_PATIENCE_S):
            while not await self._is_up():
                assert self.process.poll() is None, self.log[-3000:]
                await asyncio.sleep(0.2)
        self.token = self.token or await self._login()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            command: list[str | Path] = [PROGRAM, "-c", self.folder, "--skip-pip"]
            return subprocess.Popen(command, stdout=output, stderr=output)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 60)

    @property
    def output(self) -> Path:
        return self.folder / "output.log"

    @property
    def log(self) -> str:
        return self.output.read_text(errors="replace")

    @property
    def address(self) -> str:
        return f"http://{HERE}:{self.port}"

    async def states(self) -> dict[str, dict[str, Any]]:
        """Every entity of the fridge's."""
        found = await self._call("GET", "/api/states")
        return {one["entity_id"]: one for one in found if "befresh_" in one["entity_id"]}

    async def rendered(self, template: str) -> str:
        """What a template says there."""
        head = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.address, headers=head, timeout=30) as http:
            return (await http.post("/api/template", json={"template": template})).text

    async def until(self, there: Callable[[dict[str, dict[str, Any]]], object]) -> dict[str, dict[str, Any]]:
        """Wait until the entities are so; what they are then."""
        found: dict[str, dict[str, Any]] = {}
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not there(found := await self.states()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            table = "\n".join(f"{name} {one['state']}" for name, one in sorted(found.items()))
            raise AssertionError(f"never so:\n{table}\n{self.log[-3000:]}") from None
        return found

    async def connect(self, broker_port: int) -> None:
        """Add the MQTT integration, as a person does."""
        done = await self.add("mqtt", {"broker": HERE, "port": broker_port})
        assert done["type"] == "create_entry", done

    async def add(self, integration: str, answers: dict[str, Any]) -> dict[str, Any]:
        flows = "/api/config/config_entries/flow"
        flow = await self._call("POST", flows, {"handler": integration, "show_advanced_options": False})
        done: dict[str, Any] = await self._call("POST", f"{flows}/{flow['flow_id']}", answers)
        return done

    async def do(self, service: str, **data: Any) -> None:
        await self._call("POST", f"/api/services/{service}", data)

    async def events(self, calendar: str, begin: str, end: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._call("GET", f"/api/calendars/{calendar}?start={begin}&end={end}")
        return found

    async def _is_up(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            async with httpx.AsyncClient(base_url=self.address) as http:
                return (await http.get("/manifest.json")).status_code == 200
        return False

    async def _login(self) -> str:
        here = f"{self.address}/"
        async with httpx.AsyncClient(base_url=self.address, timeout=30) as http:
            begin = {"client_id": here, "handler": ["homeassistant", None], "redirect_uri": here}
            flow = (await http.post("/auth/login_flow", json=begin)).json()["flow_id"]
            code = (await http.post(f"/auth/login_flow/{flow}", json={"client_id": here, **_ME})).json()["result"]
            grant = {"grant_type": "authorization_code", "code": code, "client_id": here}
            self.tokens = (await http.post("/auth/token", data=grant)).json()
        return str(self.tokens["access_token"])

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        head = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.address, headers=head, timeout=30) as http:
            answer = await http.request(method, path, json=body)
            assert answer.is_success, answer.text
            return answer.json()


@contextlib.asynccontextmanager
async def home_assistant(folder: Path, automations: str = "[]") -> AsyncIterator[HomeAssistant]:
    """One that runs; it ends with the test."""
    home = HomeAssistant(folder)
    home.prepare(automations=automations)
    try:
        await home.start()
        yield home
    finally:
        home.kill()
