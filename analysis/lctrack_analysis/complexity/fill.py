"""Fills in what the tables tell of complexity, when something first asks for it: most questions do not."""

import re
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

import duckdb
import polars as pl

from lctrack_analysis.complexity.cache import FOLDER
from lctrack_analysis.complexity.languages import language, supported
from lctrack_analysis.complexity.meter import Meter
from lctrack_analysis.complexity.metrics import METRICS
from lctrack_analysis.complexity.own import own_metrics, values
from lctrack_analysis.complexity.reference import textstat_version
from lctrack_analysis.on_demand import OnDemand

__all__ = ["Filling"]

_PORTION = 20_000
_FEW = 2_000
_TEXTS = """
SELECT
    core.place, answers.text,
    CASE json_type(sessions.params, '$.lang') WHEN 'VARCHAR' THEN sessions.params ->> 'lang' END AS lang
FROM stage.generation_core AS core
JOIN stage.answers
    ON answers.row_id = core.end_row
    AND answers.prompt_index = core.prompt_index AND answers.generation_index = core.generation_index
LEFT JOIN stage.session_core AS sessions USING (session_id)
WHERE answers.text IS NOT NULL
"""


class Filling(OnDemand):
    """What is to be filled in, once.

    Args:
        lang: Language of the texts of sessions that name none in their parameters.
        cache: Directory that keeps what was measured among other things, or None.

    Raises:
        UsageError: The language is not supported.
    """

    mentions = re.compile("generations|complexity|metrics|session_analysis|query", re.IGNORECASE)

    def __init__(self, lang: str, cache: Path | None) -> None:
        super().__init__()
        self._lang = language(lang).code
        self._cache = cache / FOLDER if cache else None
        self._own = own_metrics()

    def _fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        with ExitStack() as stack:
            meters: dict[str, Meter] = {}
            # One pass over the texts, which may be more than memory holds.
            reading = stack.enter_context(connection.cursor())
            for batch in reading.sql(_TEXTS).to_arrow_reader(_PORTION):
                found = pl.DataFrame(batch)
                for (lang,), texts in found.with_columns(self._languages(found["lang"])).group_by("lang"):
                    code = str(lang)
                    if code not in meters:
                        meters[code] = stack.enter_context(Meter(code, cache=self._cache))
                    self._add(connection, texts, meters[code])
        script = resources.files("lctrack_analysis.tables").joinpath("complexity.sql").read_text(encoding="utf-8")
        names = [metric.name for metric in METRICS]
        connection.execute(
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

    def _add(self, connection: duckdb.DuckDBPyConnection, texts: pl.DataFrame, meter: Meter) -> None:
        given = texts["text"].to_list()
        measured = meter.measure(given)
        chunk = texts.select("place", text_language="lang", textstat_version=pl.lit(textstat_version()))
        _insert(connection, "measured", pl.concat([chunk, measured], how="horizontal"))
        for name, metric in self._own.items():
            value = values(name, metric, given, measured)
            _insert(
                connection,
                "own_values",
                texts.select("place", metric=pl.lit(name), value=value).filter(value.is_not_null()),
            )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, chunk: pl.DataFrame) -> None:
    if chunk.height <= _FEW:  # what is registered makes DuckDB import pandas, which takes longer
        columns = ", ".join(chunk.columns)
        rows = ", ".join(["unnest(?)"] * chunk.width)
        lists = [column.to_list() for column in chunk]
        connection.execute(f"INSERT INTO stage.{table} ({columns}) SELECT {rows}", lists)  # our own
        return
    connection.register("chunk", chunk.to_arrow())
    connection.execute(f"INSERT INTO stage.{table} BY NAME FROM chunk")
    connection.unregister("chunk")
