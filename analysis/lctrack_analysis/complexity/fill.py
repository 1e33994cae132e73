"""Fills in what the tables tell of complexity, when something first asks for it: most questions do not."""

import re
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

import duckdb
import polars as pl

from lctrack_analysis.complexity.languages import language, supported
from lctrack_analysis.complexity.meter import Meter
from lctrack_analysis.complexity.metrics import METRICS
from lctrack_analysis.complexity.own import own_metrics, values
from lctrack_analysis.complexity.reference import textstat_version
from lctrack_analysis.complexity.schema import SCHEMA

__all__ = ["Filling"]

# A table must be named to be read; `query` and `query_table` are functions that take a name as text.
_MENTIONS = re.compile("generations|complexity|metrics|session_analysis|query", re.IGNORECASE)
_PORTION = 20_000
_TEXTS = """
SELECT
    generations.rowid AS row, text,
    CASE json_type(params, '$.lang') WHEN 'VARCHAR' THEN params ->> 'lang' END AS lang
FROM generations LEFT JOIN sessions USING (session_id)
WHERE text IS NOT NULL AND generations.rowid >= ? AND generations.rowid < ?
ORDER BY generations.rowid
"""


class Filling:
    """What is to be filled in, once.

    Args:
        connection: Database that holds the tables.
        lang: Language of the texts of sessions that name none in their parameters.
        cache: Directory that keeps what was measured, or None.

    Raises:
        UsageError: The language is not supported.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, lang: str, cache: Path | None) -> None:
        self._connection = connection
        self._lang = language(lang).code
        self._cache = cache
        self._own = own_metrics()
        self._done = False

    def before(self, query: str) -> None:
        """Fill in what a query may want.

        Args:
            query: Any SQL.
        """
        if not self._done and _MENTIONS.search(query):
            self._done = True
            self._fill()

    def _fill(self) -> None:
        height = self._connection.execute("SELECT count(*) FROM generations").fetchall()[0][0]
        with ExitStack() as stack:
            meters: dict[str, Meter] = {}
            for begin in range(0, height, _PORTION):
                found = self._connection.sql(_TEXTS, params=[begin, begin + _PORTION]).pl()
                for (lang,), texts in found.with_columns(self._languages(found["lang"])).group_by("lang"):
                    code = str(lang)
                    if code not in meters:
                        meters[code] = stack.enter_context(Meter(code, cache=self._cache))
                    self._add(texts, meters[code])
        script = resources.files("lctrack_analysis.tables").joinpath("complexity.sql").read_text(encoding="utf-8")
        names = [metric.name for metric in METRICS]
        self._connection.execute(
            script.replace("{names}", ", ".join(names)).replace(
                "{metrics}", ", ".join(f"{name}::DOUBLE AS {name}" for name in names)
            )
        )

    def _languages(self, said: pl.Series) -> pl.Series:
        """Give the language of each text; what a session says that is no language says nothing."""
        known = {
            name: name.replace("-", "_") for name in said.unique().drop_nulls() if supported(name.replace("-", "_"))
        }
        return pl.Series("lang", [known.get(name, self._lang) for name in said], dtype=pl.String)

    def _add(self, texts: pl.DataFrame, meter: Meter) -> None:
        given = texts["text"].to_list()
        measured = meter.measure(given)
        chunk = texts.select("row", text_language="lang", textstat_version=pl.lit(textstat_version()))
        self._run(
            f"""
            UPDATE generations SET {", ".join(f"{name} = chunk.{name}" for name in (*SCHEMA, *chunk.columns[1:]))}
            FROM chunk WHERE generations.rowid = chunk.row
            """,  # noqa: S608  # names of our own
            pl.concat([chunk, measured], how="horizontal"),
        )
        for name, metric in self._own.items():
            self._run(
                """
                INSERT INTO metrics
                SELECT session_id, run_id, prompt_index, generation_index, metric, value
                FROM chunk JOIN generations ON generations.rowid = chunk.row WHERE value IS NOT NULL
                """,
                texts.select("row", metric=pl.lit(name), value=values(name, metric, given, measured)),
            )

    def _run(self, statement: str, chunk: pl.DataFrame) -> None:
        self._connection.register("chunk", chunk.to_arrow())
        self._connection.execute(statement)
        self._connection.unregister("chunk")
