"""A server that answers as it is told, for what a real one cannot be brought to say."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

NOT_FOUND = (404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"}')
"""How MLflow says that an experiment does not exist."""


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[tuple[str, list[str | None]]]:
    """Serve these answers on loopback, the last one for ever; gives the address and the credentials seen."""

    class Handler(http.server.BaseHTTPRequestHandler):
        left: ClassVar = list(answers)
        seen: ClassVar[list[str | None]] = []

        def do_GET(self) -> None:
            self.seen.append(self.headers["Authorization"])
            status, body = self.left.pop(0) if len(self.left) > 1 else self.left[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  # the name http.server asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", Handler.seen
        server.shutdown()
