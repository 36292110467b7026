"""Tokens to log in with (SASL OAUTHBEARER), as managed Kafka services want them. In: settings. Out: a good token.

From a token service by the client credentials grant (RFC 6749, 4.4), or from a command that prints one, which every
cloud's own tool does. A broker ends a connection whose token is over; the next connection brings a new one.
"""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from asyncio.subprocess import DEVNULL, PIPE
from base64 import b64encode

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import AuthenticationFailedError

from befresh_agent.errors import cause, error_text
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.subprocesses import terminate
from befresh_agent.settings.model import KafkaSettings, SecretSettings

_ANSWER_S = 15.0
_EARLY_S = 60.0
"""A token is renewed so long before it is over."""
_GOOD_FOR_S = 300.0
"""Where nothing is said of how long it is good."""
_LARGEST = 65_536


class TokenSource(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """One for all connections: a token is used as long as it is good."""

    def __init__(self, settings: KafkaSettings, secrets: SecretSettings) -> None:
        self._settings = settings
        self._secrets = secrets
        self._token = ""
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        async with self._asking:
            if time.monotonic() >= self._until:
                self._token, seconds = await (self._run() if self._settings.token_command else self._ask())
                self._until = time.monotonic() + max(0.0, seconds - _EARLY_S)
            return self._token

    async def _run(self) -> tuple[str, float]:
        command = self._settings.token_command
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
        except OSError as error:
            raise _refused(f"{command[0]}: {cause(error)}") from error
        try:
            async with within(_ANSWER_S):
                said, complaint = await process.communicate()
        except TimeoutError as error:
            raise _refused(f"{command[0]} prints nothing within {_ANSWER_S:g} s") from error
        finally:
            if process.returncode is None:
                await terminate(process)
        if process.returncode:
            last = complaint.decode(errors="replace").strip().rpartition("\n")[2][:200]
            raise _refused(f"{command[0]} ended with {process.returncode}: {last}")
        return _parsed(said.decode(errors="replace"))

    async def _ask(self) -> tuple[str, float]:
        try:
            return _parsed(await asyncio.to_thread(self._answer))
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(f"{self._settings.token_url} answers {error.code} {error.reason}") from error
        except (OSError, ValueError) as error:
            raise _refused(f"{self._settings.token_url}: {error_text(error)}") from error

    def _answer(self) -> str:
        password = self._secrets.kafka_password
        login = f"{self._settings.username}:{password.get_secret_value() if password else ''}"
        fields = {"grant_type": "client_credentials"}
        if self._settings.token_scope:
            fields["scope"] = self._settings.token_scope
        request = urllib.request.Request(
            self._settings.token_url,
            data=urllib.parse.urlencode(fields).encode(),
            headers={"Authorization": f"Basic {b64encode(login.encode()).decode()}", "Accept": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:  # the settings allow http(s) only
            said: bytes = answer.read(_LARGEST)
        return said.decode()


def _parsed(said: str) -> tuple[str, float]:
    """The token and for how many seconds it is good, from JSON as token services give it, or as it is."""
    try:
        answer = json.loads(said)
        token, seconds = str(answer["access_token"]), float(answer.get("expires_in", _GOOD_FOR_S))
    except (ValueError, TypeError, KeyError):
        token, seconds = said.strip(), _GOOD_FOR_S
    if not token or any(letter.isspace() or not letter.isprintable() for letter in token):
        raise _refused("what came is no token")
    return token, seconds


def _refused(why: str) -> AuthenticationFailedError:
    """An error of aiokafka's own: any other would end its tasks."""
    return AuthenticationFailedError(f"no token to log in with: {why}; check kafka.token_url or kafka.token_command")
