"""A proxy that lets nothing through, and notes what anybody asked it for."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar


@contextmanager
def noting() -> Iterator[tuple[Mapping[str, str], list[str]]]:
    """Serve on a free loopback port.

    Yields:
        Environment variables that send everything but loopback through the proxy, whichever library asks; and the
        requests.
    """

    class Handler(BaseHTTPRequestHandler):
        asked: ClassVar[list[str]] = []

        def handle_one_request(self) -> None:
            self.asked.append(self.rfile.readline(65537).decode(errors="replace"))
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        kinds = [name for kind in ("http_proxy", "https_proxy", "all_proxy") for name in (kind, kind.upper())]
        yield {**dict.fromkeys(kinds, url), "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}, Handler.asked
        server.shutdown()
