"""What every test has in common: an error within the recorder fails it, although the application never sees one."""

from collections.abc import Iterator

import pytest

from lctrack import _recorder


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "internal_errors: the test provokes errors within the recorder, and checks them")


@pytest.fixture(autouse=True)
def internal_errors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """Collects what the recorder swallows, the operating system's refusals aside."""
    errors: list[Exception] = []
    monkeypatch.setattr(_recorder, "on_internal_error", errors.append)
    yield errors
    if errors and request.node.get_closest_marker("internal_errors") is None:
        raise errors[0]
