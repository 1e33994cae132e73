"""What goes wrong in the recorder is counted and said once, and the application does not notice."""

import gc
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from lctrack import LogCallbackHandler, Recorder, _recorder
from tests.recorder.applications import SYNC
from tests.recorder.support import descriptors, files, names, only, read


def refuse(*_: Any) -> bytes:
    raise RuntimeError("broken inside")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks the recorder itself."""
    monkeypatch.setattr(_recorder, "encode", refuse)


def test_a_directory_that_cannot_be_made_costs_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    with LogCallbackHandler(tmp_path / "file" / "logs") as handler:
        assert SYNC["chain"]({"callbacks": [handler]}) == {"text": "a b c", "kind": "ai"}
        handler.flush_tracker()
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("lctrack", logging.WARNING)
    assert "FileExistsError" in record.message
    assert "the application goes on" in record.message
    assert handler.stats()["dropped"] == 12


@pytest.mark.internal_errors
@pytest.mark.usefixtures("broken")
def test_an_error_in_the_recorder_itself_is_counted_and_told(
    tmp_path: Path, internal_errors: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        SYNC["chat"]({"callbacks": [handler]})
        handler.flush_tracker(SYNC)
    assert handler.stats()["dropped"] == 3
    assert [str(error) for error in internal_errors] == ["broken inside"] * 3
    assert len(caplog.records) == 1


@pytest.mark.internal_errors
@pytest.mark.usefixtures("broken")
def test_on_request_an_error_is_raised_and_counted_once(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, raise_error=True) as handler:
        with pytest.raises(RuntimeError, match="broken inside"):
            SYNC["tool"]({"callbacks": [handler]})
        assert handler.stats()["dropped"] == 1


@pytest.mark.internal_errors
@pytest.mark.usefixtures("broken")
def test_on_request_an_asset_that_fails_is_raised_and_counted_once(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, raise_error=True) as handler:
        with pytest.raises(RuntimeError, match="broken inside"):
            handler.flush_tracker({})
        assert handler.stats()["dropped"] == 1


def test_on_request_an_asset_that_is_not_there_is_raised_and_counted_once(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, raise_error=True) as handler:
        with pytest.raises(FileNotFoundError):
            handler.flush_tracker(str(tmp_path / "nothing.py"))
        assert handler.stats()["dropped"] == 1


def test_a_closing_that_fails_is_raised_on_request_and_leaves_nothing_open(tmp_path: Path) -> None:
    before = descriptors()
    recorder = Recorder(tmp_path, raise_error=True)
    recorder.score("x", 1)
    assert recorder._journal._segment
    os.close(recorder._journal._segment._descriptor)
    recorder._journal._segment._descriptor = os.open(os.devnull, os.O_RDONLY)
    with pytest.raises(OSError, match="Bad file descriptor"):
        recorder.close()
    assert before == descriptors()


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise KeyError


@pytest.mark.internal_errors
def test_an_error_that_cannot_be_printed_does_not_reach_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_unprintably(*_: Any) -> bytes:
        raise UnprintableError

    with Recorder(tmp_path) as recorder:
        with monkeypatch.context() as patch:
            patch.setattr(_recorder, "encode", refuse_unprintably)
            recorder.score("x", 1)
        recorder.score("y", 1)
    assert only(tmp_path, "dropped")["reason"] == "UnprintableError: <UnprintableError: str raised KeyError>"


def test_a_warning_that_is_recorded_itself_does_not_go_round(tmp_path: Path) -> None:
    class Recording(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            recorder.score(record.levelname, 1)

    (tmp_path / "logs").write_text("in the way")
    recorder = Recorder(tmp_path / "logs")
    logger, handler = logging.getLogger("lctrack"), Recording()
    logger.addHandler(handler)
    try:
        recorder.score("x", 1)
    finally:
        logger.removeHandler(handler)
    assert recorder.stats()["dropped"] == 2


def test_a_recorder_that_is_forgotten_ends_its_file(tmp_path: Path) -> None:
    before = descriptors()
    handler = LogCallbackHandler(tmp_path)
    SYNC["chat"]({"callbacks": [handler]})
    del handler
    gc.collect()
    assert names(read(tmp_path))[-2:] == ["session_end", "segment_end"]
    assert before == descriptors()


def test_a_model_with_a_handler_can_be_copied(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        model = FakeListChatModel(responses=["x"])
        model.callbacks = [handler]
        for copy in (model.model_copy(), model.model_copy(deep=True)):
            copy.invoke("hi")
    assert len(files(tmp_path)) == 1
    assert names(read(tmp_path)).count("chat_model_start") == 2
