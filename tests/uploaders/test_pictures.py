"""Pictures of generated texts go with the session that names them."""

from pathlib import Path

import pytest

from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import FrameLogs, Rows, session
from tests.uploaders.readback import Store

NAMES = ("dep-1.html", "ent-1.html", "dep-2.html")
ROWS: Rows = {
    "sessions": [session(), session(session_id="session-2", start_time=1)],
    "session_analysis": [
        {"session_id": "session-1", "dependency_tree": "dep-1.html", "entities": "ent-1.html"},
        {"session_id": "session-1", "dependency_tree": "dep-1.html"},
        {"session_id": "session-2", "dependency_tree": "dep-2.html", "entities": "ent-2.html"},
    ],
}


@pytest.fixture
def drawn(tmp_path: Path) -> FrameLogs:
    """Give two sessions, the first with two pictures, the second with one that is there and one that is not."""
    directory = tmp_path / "pictures"
    directory.mkdir()
    for name in NAMES:
        (directory / name).write_text(f"<!DOCTYPE html>{name}")
    (directory / "dep-3.html").write_text("of another session")
    return FrameLogs(ROWS, directory)


def by_session(logs: FrameLogs) -> dict[str, Unit]:
    return {unit.session_id: unit for unit in units(logs)}


def test_a_session_has_the_pictures_that_it_names_and_that_are_there(drawn: FrameLogs) -> None:
    found = by_session(drawn)
    assert list(found["session-1"].pictures) == ["dep-1.html", "ent-1.html"]
    assert list(found["session-2"].pictures) == ["dep-2.html"]


def test_without_a_directory_there_are_none(drawn: FrameLogs) -> None:
    drawn.pictures = None
    assert by_session(drawn)["session-1"].pictures == {}


def test_a_picture_that_was_drawn_anew_changes_the_digest_of_its_session_alone(drawn: FrameLogs) -> None:
    before = by_session(drawn)
    assert drawn.pictures is not None
    (drawn.pictures / "dep-2.html").write_text("drawn by another model")
    after = by_session(drawn)
    assert after["session-1"].digest == before["session-1"].digest
    assert after["session-2"].digest != before["session-2"].digest


def test_pictures_are_artifacts_of_the_run_under_their_names(store: Store, drawn: FrameLogs) -> None:
    of_one = {name: [row for row in rows if row["session_id"] == "session-1"] for name, rows in ROWS.items()}
    store.deliver(of_one, drawn.pictures)
    run_id = store.run().info.run_id
    files = {file.path for file in store.client.list_artifacts(run_id)}
    assert {name for name in files if name.startswith(("dep-", "ent-"))} == {"dep-1.html", "ent-1.html"}
    page = store.client.download_artifacts(run_id, "dep-1.html")
    assert Path(page).read_text(encoding="utf-8") == "<!DOCTYPE html>dep-1.html"
