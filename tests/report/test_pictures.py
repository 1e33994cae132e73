"""Pictures of texts are shown within the page, in a frame in which nothing runs."""

from pathlib import Path

from lctrack_analysis import load
from lctrack_analysis.pictures.page import DEPENDENCIES, file_name
from lctrack_analysis.report import write_report
from tests.analysis.writing import llm, numbered, segment_start, write
from tests.report.conftest import Open, Report

# Worse than any that is drawn: the frame alone must hold it.
PICTURE = """<!DOCTYPE html><head><meta name=generator content='lctrack-analyze x'></head><p>drawn</p>
<script>top.obeyed = 1; document.body.append('obeyed')</script>"""


def test_a_picture_is_shown_in_a_frame_in_which_nothing_runs(tmp_path: Path, open_report: Open) -> None:
    write(tmp_path / "logs" / "one.jsonl", *numbered([segment_start(), *llm("r", ["?"], [["A text."]])]))
    gallery = tmp_path / "logs" / ".lctrack" / "pictures"
    gallery.mkdir(parents=True)
    (gallery / file_name(DEPENDENCIES, "A text.")).write_text(PICTURE)
    with load(tmp_path / "logs", cache=False) as logs:
        write_report(logs, tmp_path / "report", "logs")
    browsing = open_report(Report(tmp_path / "report"))
    page = browsing.open("#/trace/r")
    page.get_by_text("dependencies", exact=True).click()
    frame = page.frame_locator("iframe[sandbox='']")
    assert frame.locator("p").text_content() == "drawn"
    assert "obeyed" not in frame.locator("body").inner_text()
    assert page.evaluate("window.obeyed") is None
    [refused] = browsing.wrong
    assert "Blocked script execution" in refused
    browsing.wrong.clear()
