"""A stand-in for SageMaker, S3 and STS that costs next to nothing, to see what a client costs: python aws.py PORT.

It knows the calls that a delivery makes and keeps what they hold, sizes instead of objects. It checks nothing: that
is for the tests' own stand-in, which is moto made strict, and answers so slowly that one would measure moto.
"""

import asyncio
import json
import sys
import time
import urllib.parse
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, cast

Headers = dict[bytes, bytes]


class Held:
    """What the services hold."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], dict[str, Any]] = {}
        self.trials: dict[str, list[str]] = {}
        self.objects: dict[str, int] = {}

    def sagemaker(self, operation: str, sent: dict[str, Any]) -> dict[str, Any] | None:
        """Answer an operation; None means that what it asks for is not there."""
        kind = operation.removeprefix("Create").removeprefix("Describe").removeprefix("Update")
        if operation == "AssociateTrialComponent":
            self.trials.setdefault(sent["TrialComponentName"], []).append(sent["TrialName"])
            return {}
        if operation == "ListTrials":
            trials = self.trials.get(sent["TrialComponentName"], [])
            return {"TrialSummaries": [{"TrialName": name} for name in trials]}
        key = (kind, sent.get(f"{kind}Name", ""))
        if operation.startswith("Create"):
            self.made[key] = {"CreationTime": time.time(), f"{kind}Arn": f"arn:aws:sagemaker:::{key[1]}", **sent}
        elif operation.startswith("Update"):
            self.made[key].update(sent)
        return self.made.get(key)

    def listed(self, query: dict[str, str]) -> str:
        """List objects, 1,000 at most: a session of the benchmark has fewer."""
        prefix = query.get("prefix", "")
        found = [(key, size) for key, size in self.objects.items() if key.startswith(prefix)][:1000]
        items = "".join(f"<Contents><Key>{key}</Key><Size>{size}</Size></Contents>" for key, size in found)
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"


class Service(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._buffer = b""
        self._waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there whole."""
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            first, *lines = head.split(b"\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
            if headers.get(b"expect") and not self._waits:
                self._waits = True
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = int(headers.get(b"content-length", b"0"))
            if len(rest) < length:
                return
            self._buffer, self._waits = rest[length:], False
            method, target, _ = first.decode().split(" ")
            status, body = self._answer(method, target, headers, rest[:length])
            about = f'HTTP/1.1 {status}\r\nDate: {formatdate(usegmt=True)}\r\nETag: "0"\r\nContent-Length: {len(body)}'
            self._transport.write(about.encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else body))

    def _answer(self, method: str, target: str, headers: Headers, body: bytes) -> tuple[str, bytes]:
        path, _, query = target.partition("?")
        if operation := headers.get(b"x-amz-target", b"").decode().rpartition(".")[2]:
            found = self._held.sagemaker(operation, json.loads(body))
            if found is None:
                return "400 Bad Request", b'{"__type": "ResourceNotFound", "message": "does not exist"}'
            return "200 OK", json.dumps(found).encode()
        if method == "PUT" and path != "/BatchPutMetrics":
            size = headers.get(b"x-amz-decoded-content-length", headers.get(b"content-length", b"0"))
            self._held.objects[urllib.parse.unquote(path).split("/", 2)[-1]] = int(size)
            return "200 OK", b""
        if method == "GET":
            return "200 OK", self._held.listed(dict(urllib.parse.parse_qsl(query))).encode()
        return "200 OK", _IDENTITY if path == "/" else b"{}"


_IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
    b"</GetCallerIdentityResponse>"
)


async def serve(port: int) -> None:
    """Serve until killed."""
    held = Held()
    make: Callable[[], Service] = lambda: Service(held)  # noqa: E731  # what asyncio asks for
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
