"""A service that knows products, in tests: a server on loopback that answers as Open Food Facts does."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "s3cret"


class ProductServer:
    """`answers` holds what it says to a path that ends with a number; what is not there is not found."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.everything_is = ""
        """The name of what is not in `names`."""
        self.asked: list[str] = []
        self.raw: bytes | None = None
        """Said instead of an answer."""
        self.status = 200
        self.leads_to = ""
        self.waits_s = 0.0
        self.agents: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                server.agents.add(self.headers["user-agent"])
                time.sleep(server.waits_s)
                number = self.path.partition("?")[0].rpartition("/")[2].removesuffix(".json")
                name = server.names.get(number, server.everything_is)
                body = server.raw
                if body is None:
                    found = {"code": number, "status": 1, "product": {"product_name": name}}
                    body = json.dumps(found if name else {"code": number, "status": 0}).encode()
                self.send_response(302 if server.leads_to else server.status if name or server.raw else 404)
                if server.leads_to:
                    self.send_header("location", server.leads_to)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # whoever asked has given up
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """For `products.lookup`."""
        return f"http://127.0.0.1:{self.port}/api/{{key}}/product/{{gtin}}.json"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
