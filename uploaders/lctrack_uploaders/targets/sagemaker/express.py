"""Small requests in bulk: signed and sent by botocore's own signer and HTTP session, without the rest of it.

Of what boto3 does for a call, three quarters are checking and building what is the same for each. So where boto3 sends
a first request to is remembered, and the others of that operation go there. Whatever is not answered with plain success
is left to boto3, which makes the request again: with its redirections, its patience and its errors. Proxies,
certificates and credentials are the client's, which renews them.

Accepted trade-off: signer and session are attributes of the client that botocore does not promise. A botocore without
them costs time, not a delivery.
"""

import base64
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from botocore.awsrequest import AWSRequest
from botocore.exceptions import HTTPClientError

_OK = 200
_HEADERS = {
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
}
"""What boto3 calls them, and S3."""


class Express:
    """One operation of one client."""

    def __init__(self, client: Any, operation: str) -> None:
        self._client = client
        self._operation = operation
        self._seen: str | None = None
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-send.{service}.{operation}", self._note)

    def _note(self, request: Any, **_: object) -> None:
        self._seen = request.url

    @property
    def url(self) -> str | None:
        """Where boto3 sent the last such request to; None before there was one."""
        return self._seen

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any | None:
        """Make a request.

        Args:
            method: Of HTTP.
            url: Where to.
            headers: Besides those that sign it.
            body: Its body.

        Returns:
            A plain success, as botocore's session gives it; None for anything else.
        """
        request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
        request.context.update(client_config=self._client.meta.config, has_streaming_input=True)
        try:
            signer, session = self._client._request_signer, self._client._endpoint.http_session  # noqa: SLF001  # see above
            signer.sign(self._operation, request)
            answer = session.send(request.prepare())
            _ = answer.content
        except (AttributeError, HTTPClientError):
            return None
        return answer if answer.status_code == _OK else None


class Bucket:
    """Puts objects into one bucket."""

    def __init__(self, client: Any, name: str, placing: Mapping[str, str]) -> None:
        self._client = client
        self._name = name
        self._placing = placing
        self._express = Express(client, "PutObject")
        self._place: str | None = None

    def put(self, key: str, body: bytes, media: str) -> None:
        """Put an object, in place of what has its key.

        Args:
            key: Its key.
            body: Its content.
            media: What kind of content that is.
        """
        path = quote(key, safe="/~")
        if self._place is not None:
            checksum = base64.b64encode(zlib.crc32(body).to_bytes(4)).decode()
            headers = {_HEADERS[name]: value for name, value in self._placing.items()}
            headers |= {"Content-Type": media, "x-amz-checksum-crc32": checksum}
            answer = self._express.send("PUT", self._place + path, headers, body)
            # Something on the way may have answered in the place of S3.
            if answer is not None and "ETag" in answer.headers:
                return
        self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=media, **self._placing)
        # Another thread's may have been the last.
        if (url := self._express.url) and url.endswith(f"/{path}"):
            self._place = url.removesuffix(path)
