"""A stand-in for Google's speech service on this machine, with every way in which it may go wrong."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

NAME = "사과"
_ALTERNATIVES = [{"transcript": NAME, "confidence": 0.93}, {"transcript": "사가"}]
_GOOD = (
    '{"result":[]}\n'
    + json.dumps(
        {"result": [{"alternative": [{"transcript": NAME, "confidence": 0.93}, {"transcript": "사가"}], "final": True}]}
    )
    + "\n"
).encode()


@dataclass
class Google:
    """How it answers is the last part of the path it is asked at."""

    endpoint: str = ""
    asked: list[tuple[dict[str, list[str]], str, bytes]] = field(default_factory=list)
    """Query, content type and body of every request."""
    done: threading.Event = field(default_factory=threading.Event)


class _Handler(http.server.BaseHTTPRequestHandler):
    google: Google

    def do_POST(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.google.asked.append((parse_qs(url.query), self.headers["Content-Type"], body))
        match url.path.rpartition("/")[2]:
            case "good":
                self._answer(200, _GOOD)
            case "empty":
                self._answer(200, b'{"result":[]}\n')
            case "forbidden":
                self._answer(403, b"no")
            case "broken":
                self._answer(500, b"no")
            case "portal":
                self._answer(200, b"<html>please log in</html>")
            case "nonsense":
                self._answer(200, b'{"result": 5}\n')
            case "truncated":
                self._answer(200, b'{"res', length=1000)
            case "stalled":
                self.google.done.wait(60)
            case "slow":
                self._answer(200, b'{"res', length=1000)
                self.google.done.wait(60)
            case "reset":
                self.connection.close()

    def _answer(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def google() -> Iterator[Google]:
    service = Google()
    handler = type("Handler", (_Handler,), {"google": service})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.endpoint = f"http://127.0.0.1:{server.server_port}/"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield service
    finally:
        service.done.set()
        server.shutdown()
        serving.join()
        server.server_close()
