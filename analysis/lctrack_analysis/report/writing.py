"""Writes a report, a folder or a single page; memory grows by no more than the ids of the traces."""

import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from lctrack_analysis.errors import UsageError
from lctrack_analysis.logs import Logs
from lctrack_analysis.progress import Progress
from lctrack_analysis.report.architecture import SQL as ASSETS
from lctrack_analysis.report.architecture import architecture
from lctrack_analysis.report.comparing import write_comparison
from lctrack_analysis.report.folder import MARK, check_place, whole_folder, write_private
from lctrack_analysis.report.index import COLUMNS, write_index
from lctrack_analysis.report.overview import overview, sessions
from lctrack_analysis.report.page import folder_files, folder_page, single_page
from lctrack_analysis.report.pieces import FilePieces, PagePieces, Pieces
from lctrack_analysis.report.spool import Spool
from lctrack_analysis.report.stages import Stages
from lctrack_analysis.report.tables import MOST_ROWS, write_tables
from lctrack_analysis.report.traces import write_traces
from lctrack_analysis.whole_file import whole_file

__all__ = ["Written", "write_report"]

FORMAT = 1
"""Raised when a report is laid out otherwise."""


class Written(NamedTuple):
    """What was written."""

    page: Path
    """What to open in a browser."""
    traces: int
    cut: list[str]
    """Tables that have fewer rows than they should, for want of memory."""


def write_report(logs: Logs, place: Path, where: str, *, single_file: bool = False) -> Written:
    """Write a report.

    Args:
        logs: The logs.
        place: The folder, or with `single_file` the file; a report that is there is replaced.
        where: How the user named the logs, for the commands that a report shows.
        single_file: Whether it is to be one page.

    Returns:
        What to open.

    Raises:
        UsageError: The place holds something else, or cannot be written.
        AnalysisError: There is too much for one page.
    """
    if single_file:
        return _write_page(logs, place, where)
    check_place(place)  # before the work rather than after it
    with whole_folder(place) as folder:
        for name, content in folder_files().items():
            write_private(folder / "app" / name, content)
        (folder / "data").mkdir(mode=0o700)
        pictures = _copy_pictures(logs, folder / "pictures")
        traces, cut = _write_data(logs, FilePieces(folder / "data"), where, pictures=pictures)
        write_private(folder / "index.html", folder_page())
        write_private(folder / MARK, orjson.dumps({"lctrack_report": FORMAT, "traces": traces}) + b"\n")
    return Written(place / "index.html", traces, cut)


def _write_page(logs: Logs, place: Path, where: str) -> Written:
    if place.is_dir():
        raise UsageError(f"{place} is a folder: with --single-file, name the file that the report is to be")
    pieces = PagePieces()
    traces, cut = _write_data(logs, pieces, where, pictures=False)
    with whole_file(place) as stream:
        stream.write(single_page(pieces.pieces))
    return Written(place, traces, cut)


def _write_data(logs: Logs, pieces: Pieces, where: str, *, pictures: bool) -> tuple[int, list[str]]:
    """Write all data, and tell how many traces there are, and which tables lack rows."""
    with Progress("writing the report", "%", 1) as progress:
        stages = Stages(progress)
        stages.begin("overview")
        logs.query("SELECT runs.cost FROM runs, generations LIMIT 0")  # so that costs and complexity are there
        first_page = overview(logs, stages.show)
        count: int = first_page["totals"]["traces"]
        known = sessions(logs)
        numbers = {session["session_id"]: number for number, session in enumerate(known)}
        comparison = write_comparison(logs, pieces, numbers)
        with closing(Spool(logs.workplace)) as excerpts:
            stages.begin("traces")
            places = write_traces(logs, pieces, excerpts, lambda done: stages.show(done, count))
            stages.begin("index")
            index = write_index(logs, pieces, numbers, excerpts, lambda done: stages.show(done, count))
        stages.begin("tables")
        tables = write_tables(logs, pieces, stages.show)
    meta: dict[str, Any] = {
        "format": FORMAT,
        "made": time.time() * 1000,
        "where": where,
        "traces": count,
        "index": {"pieces": index, "columns": COLUMNS},
        "places": places,
        "tables": tables,
        "compare": comparison,
        "architecture": " ".join(ASSETS.split()),
        "pictures": pictures,
    }
    pieces.put("overview", first_page)
    pieces.put("sessions", known)
    pieces.put("architecture", architecture(logs))
    pieces.put("meta", meta)
    return count, [name for name, table in tables.items() if table["shown"] < min(table["rows"], MOST_ROWS)]


def _copy_pictures(logs: Logs, folder: Path) -> bool:
    """Copy the pictures of generated texts, which are safe pages of their own, and tell whether there are any."""
    if logs.pictures is None or not logs.pictures.is_dir():
        return False
    query = """
        SELECT dependency_tree FROM generations WHERE dependency_tree IS NOT NULL
        UNION SELECT entities FROM generations WHERE entities IS NOT NULL ORDER BY 1
    """
    for (name,) in logs.query(query).frame.iter_rows():
        picture = logs.pictures / str(name)
        if picture.is_file():
            folder.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(picture, folder / picture.name)
            (folder / picture.name).chmod(0o600)
    return folder.is_dir()
