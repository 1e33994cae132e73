"""The variables that OpenTelemetry's specification has for exporters."""

import argparse
from pathlib import Path

import pytest

from lctrack_uploaders.errors import UsageError
from lctrack_uploaders.targets.otlp.configuration import Configuration, configuration

PREFIX = "OTEL_EXPORTER_OTLP_"


def read(endpoint: str | None = None, **variables: str) -> Configuration:
    environ = {name if name.startswith("OTEL_") else PREFIX + name: value for name, value in variables.items()}
    return configuration(argparse.Namespace(otlp_endpoint=endpoint), environ)


def test_the_default_is_a_collector_on_this_machine() -> None:
    assert read() == Configuration(url="http://localhost:4318/v1/traces")


@pytest.mark.parametrize(
    ("endpoint", "variables", "url"),
    [
        ("https://h/otel", {}, "https://h/otel/v1/traces"),
        ("https://h/otel/", {}, "https://h/otel/v1/traces"),
        ("https://h/otel/v1/traces", {}, "https://h/otel/v1/traces"),
        (None, {"ENDPOINT": "http://h:4318"}, "http://h:4318/v1/traces"),
        (None, {"TRACES_ENDPOINT": "http://h:4318/take"}, "http://h:4318/take"),
        (None, {"TRACES_ENDPOINT": "http://a/x", "ENDPOINT": "http://b"}, "http://a/x"),
        ("http://c", {"TRACES_ENDPOINT": "http://a/x", "ENDPOINT": "http://b"}, "http://c/v1/traces"),
    ],
)
def test_the_path_is_added_to_an_endpoint_that_is_not_for_traces_alone(
    endpoint: str | None, variables: dict[str, str], url: str
) -> None:
    assert read(endpoint, **variables).url == url


def test_headers_are_percent_decoded_and_those_for_traces_win() -> None:
    found = read(HEADERS="authorization=Basic%20YWJj%3D, x-team = a%2Cb ", TRACES_HEADERS="x-team=c=d")
    assert found.headers == {"authorization": "Basic YWJj=", "x-team": "c=d"}


def test_a_part_of_the_headers_that_is_none_is_counted_and_left_out() -> None:
    found = read(HEADERS="secret,x-team=a,,=b")
    assert (found.headers, found.left_out) == ({"x-team": "a"}, 2)


def test_no_header_stands_in_what_is_printed_of_the_settings() -> None:
    assert "hunter2" not in repr(read(HEADERS="x-api-key=hunter2"))


def test_timeouts_are_milliseconds() -> None:
    assert (read(TIMEOUT="2500").timeout, read(TIMEOUT="1", TRACES_TIMEOUT="40000").timeout) == (2.5, 40)


def test_compression_can_be_left_out() -> None:
    assert (read(COMPRESSION="none").compressed, read(TRACES_COMPRESSION="gzip").compressed) == (False, True)


def test_certificates_are_files_that_are_there(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    found = read(CERTIFICATE=str(file), CLIENT_KEY=str(file), TRACES_CLIENT_CERTIFICATE=str(file)).certificates
    assert (found.authorities, found.own, found.key) == (file, file, file)


def test_attributes_of_every_resource_are_read_with_the_service_name() -> None:
    found = read(OTEL_RESOURCE_ATTRIBUTES="wandb.entity=lab,service.name=a", OTEL_SERVICE_NAME="b").resource
    assert found == {"wandb.entity": "lab", "service.name": "b"}


@pytest.mark.parametrize(
    "variables",
    [
        {"TIMEOUT": "10s"},
        {"TIMEOUT": "0"},
        {"COMPRESSION": "zstd"},
        {"CERTIFICATE": "/nowhere/ca.pem"},
        {"PROTOCOL": "grpc"},
        {"TRACES_PROTOCOL": "http/json"},
        {"ENDPOINT": "localhost:4317"},
        {"HEADERS": "x y=1"},
        {"HEADERS": "x=a%0Ab"},
    ],
)
def test_a_variable_that_cannot_be_right_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        read(**variables)
    assert str(refused.value).endswith(".")


def test_an_endpoint_that_was_named_speaks_our_protocol_whatever_the_environment_says() -> None:
    assert read("http://h", PROTOCOL="grpc").url == "http://h/v1/traces"
