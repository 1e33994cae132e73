"""A proxy on loopback that does to HTTP what networks and gateways do."""

import http.client
import http.server
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

FAULTS = ("delay", "drop", "lose", "truncate", "garbage", "429", "500", "503")
_CONNECTION = ("connection", "transfer-encoding", "content-length", "host")


@contextmanager
def unreliable(
    upstream: str, share: float, seed: int, *, port: int = 0, token: str | None = None
) -> Iterator[tuple[str, Counter[str]]]:
    """Stand before a server and spoil some of what passes.

    Args:
        upstream: Address of the server.
        share: Of the requests that something happens to.
        seed: Of the dice.
        port: Where to listen; any by default.
        token: Without which nobody is let in.

    Yields:
        The proxy's address, and how often what happened.
    """

    class Handler(_Handler):
        host = upstream.removeprefix("http://")
        dice = random.Random(seed)  # noqa: S311  # faults, not secrets
        happened: ClassVar = Counter[str]()

    Handler.share = share
    Handler.token = token

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Handler.happened
        server.shutdown()


class _Handler(http.server.BaseHTTPRequestHandler):
    host: ClassVar[str]
    share: ClassVar[float]
    token: ClassVar[str | None] = None
    dice: ClassVar[random.Random]
    happened: ClassVar[Counter[str]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if self.token and self.headers["Authorization"] != f"Bearer {self.token}":
            self._answer(401, {"Content-Type": "text/plain"}, b"who are you?")
            return
        fault = self.dice.choice(FAULTS) if self.dice.random() < self.share else "none"
        self.happened[fault] += 1
        if fault in ("429", "500", "503"):
            self._answer(int(fault), {"Content-Type": "text/html"}, b"<html>not now</html>")
        elif fault == "garbage":
            self._answer(200, {"Content-Type": "application/json"}, b"\x00\xff{]")
        elif fault == "drop":
            self.close_connection = True
        else:
            if fault == "delay":
                time.sleep(0.3)
            self._pass_on(body, fault)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # the names http.server asks for

    def _pass_on(self, body: bytes, fault: str) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _CONNECTION}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _CONNECTION}
        if fault == "lose":
            self.close_connection = True
        else:
            self._answer(answer.status, kept, content, cut=fault == "truncate")

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = cut

    def log_message(self, *_: object) -> None:
        """Say nothing."""
