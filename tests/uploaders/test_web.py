"""Requests over HTTP: TLS, timeouts, answers that break off, and what is said of each."""

import http.server
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders import addresses, web
from lctrack_uploaders.addresses import Certificates
from lctrack_uploaders.errors import TransientError, UnreachableError
from lctrack_uploaders.testing.suite import is_a_sentence


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate that signs itself, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    directory = tmp_path_factory.mktemp("certificate")
    own, key = directory / "own.pem", directory / "key.pem"
    line = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    line += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(own)]
    subprocess.run(line, check=True, capture_output=True)
    return own, key


@contextmanager
def serving(files: tuple[Path, Path], *, asks: bool = False) -> Iterator[str]:
    """Serve over TLS; may ask for the client's certificate, which must be the same."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing: a client that does not trust us hangs up."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files[0])
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def saying(text: bytes) -> Iterator[str]:
    """Answer the first request with these bytes, whatever they are, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(text)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def client(*, timeout: float = 10, certificates: Certificates | None = None) -> web.Client:
    return web.Client("The server", {}, timeout=timeout, certificates=certificates, secrets=["hunter22"])


def test_a_server_is_trusted_by_the_authorities_that_were_named(certificate: tuple[Path, Path]) -> None:
    with serving(certificate) as url:
        answer = client(certificates=Certificates(authorities=certificate[0])).request("GET", url)
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(certificate: tuple[Path, Path]) -> None:
    with serving(certificate) as url, pytest.raises(UnreachableError) as raised:
        client().request("GET", url)
    assert "self-signed certificate" in str(raised.value)
    assert is_a_sentence(str(raised.value))


def test_a_certificate_of_ones_own_is_shown(certificate: tuple[Path, Path]) -> None:
    own, key = certificate
    with serving(certificate, asks=True) as url:
        answer = client(certificates=Certificates(own, own, key)).request("GET", url)
    assert answer.status == 200


def test_without_the_certificate_that_a_server_asks_for_nothing_is_sent(certificate: tuple[Path, Path]) -> None:
    with serving(certificate, asks=True) as url, pytest.raises(TransientError) as raised:
        client(certificates=Certificates(certificate[0])).request("GET", url)
    assert is_a_sentence(str(raised.value))


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UnreachableError) as raised:
        client(certificates=Certificates(tmp_path / "ca.pem")).request("GET", "https://127.0.0.1:1/")
    assert is_a_sentence(str(raised.value))


def test_a_server_that_is_slow_may_answer_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TransientError) as raised:
        client(timeout=0.1).request("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert str(raised.value) == "The server did not answer within 0.1 s: try again later."
    assert not isinstance(raised.value, UnreachableError)


def test_where_nothing_listens_nothing_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(UnreachableError, match="does not answer"):
        client().request("GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nshort",
    ],
)
def test_an_answer_that_breaks_off_may_be_whole_next_time(text: bytes) -> None:
    with saying(text) as url, pytest.raises(TransientError) as raised:
        client().request("GET", url)
    assert is_a_sentence(str(raised.value))


def test_a_redirection_is_an_answer_and_not_followed() -> None:
    with saying(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as url:
        assert client().request("POST", url, b"body").status == 307


def test_what_a_server_says_becomes_one_line_without_our_secrets() -> None:
    assert client().words(b"<p>\n hunter22\x1b[31m is\twrong.</p>.") == "<p> *** [31m is wrong.</p>"


@given(st.binary(max_size=2000))
def test_whatever_a_server_says_fits_into_a_sentence(said: bytes) -> None:
    words = client().words(said)
    assert words
    assert words.isprintable()
    assert len(words) <= 300


@given(st.text(max_size=40))
def test_no_retry_after_is_an_error(text: str) -> None:
    found = web.seconds(text)
    assert found is None or found >= 0


@given(st.text(max_size=60))
def test_no_address_is_an_error(text: str) -> None:
    assert addresses.is_server(text) in (True, False)
