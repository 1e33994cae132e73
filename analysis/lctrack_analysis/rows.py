"""Rows as the user of the command wants them: printed, in a file, in numbered files, or at the prompt."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from lctrack_analysis.arguments import asked
from lctrack_analysis.errors import UsageError
from lctrack_analysis.formats import PROMPT, format_of
from lctrack_analysis.logs import Logs
from lctrack_analysis.query import Result
from lctrack_analysis.render import console_for, render, table_of, write_file

__all__ = ["print_rows", "print_table"]

_NUMBER = "{n}"


def print_rows(logs: Logs, options: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Answer what `--table`, `--sql` or `--file` asks, or an everyday question.

    Args:
        logs: The logs.
        options: The command's options.
        say: Tells the user something that is not data.

    Raises:
        AnalysisError: The question is wrong, or the file to read or to write.
    """
    if options.sql is PROMPT and sys.stdin.isatty():
        from lctrack_analysis.prompt import run_prompt  # noqa: PLC0415  # only who types waits for prompt_toolkit

        run_prompt(logs, console_for(sys.stdout), timeout=options.timeout, max_rows=options.max_rows)
        return
    poured, options = _poured(logs, options, say)
    if poured:
        return
    results = _results(logs, options, say)
    if options.output and _NUMBER not in options.output:
        rows = list(results)  # nothing is written where the file could not hold all
        if len(rows) != 1:
            raise UsageError(
                f"--output takes the rows of one query: this is {len(rows)}; {_NUMBER} in the name numbers the files"
            )
        results = iter(rows)
    for number, result in enumerate(results, 1):
        _write(result, number, options, say)


def print_table(result: Result, max_rows: int) -> None:
    """Print rows to standard output as a table; on a terminal, so many and how many more there are."""
    console = console_for(sys.stdout)
    height = result.frame.height
    cut = bool(max_rows) and height > max_rows and sys.stdout.isatty()
    console.print(table_of(result.frame.head(max_rows) if cut else result.frame))
    if cut:
        console.print(f"… {height - max_rows:,} more rows: LIMIT chooses, --max-rows 0 shows all, -o FILE keeps all")


def _poured(logs: Logs, options: argparse.Namespace, say: Callable[[str], None]) -> tuple[bool, argparse.Namespace]:
    """Write rows into a file as they come, where they can be; give the options with what was read of them."""
    question, output_format = asked(options), options.format or format_of(options.output)
    if not options.output or _NUMBER in options.output or question not in ("table", "sql", "file"):
        return False, options
    from lctrack_analysis.pouring import POURED, pour_into  # noqa: PLC0415  # pyarrow.parquet takes its time

    if output_format not in POURED:
        return False, options
    query, timeout = f"FROM {options.table}", None
    if question != "table":
        query, timeout = _script(options), options.timeout
        options = argparse.Namespace(**{**vars(options), "sql": query, "file": None})  # standard input is read once
    path = Path(options.output)
    count = pour_into(path, output_format, logs, query, timeout=timeout, raw_csv=options.raw_csv)
    if count is not None:
        say(f"{count} {'row' if count == 1 else 'rows'} written to {options.output}")
    return count is not None, options


def _results(logs: Logs, options: argparse.Namespace, say: Callable[[str], None]) -> Iterator[Result]:
    question = asked(options)
    if question == "table":
        return iter([logs.whole(options.table)])
    if question not in ("sql", "file"):
        return _answer(logs, str(question), options, say)
    return logs.answers(_script(options), timeout=options.timeout)


def _answer(logs: Logs, question: str, options: argparse.Namespace, say: Callable[[str], None]) -> Iterator[Result]:
    from lctrack_analysis.questions.command import answer  # noqa: PLC0415  # only who asks waits for them

    answered = answer(logs, question, options)
    if not options.output and options.format in (None, "table"):
        answered = answered.for_terminal(question)
    if answered.sentence:
        say(answered.sentence)
    return iter([answered.result] if answered.result else [])


def _script(options: argparse.Namespace) -> str:
    if options.sql is PROMPT or options.file == "-":
        return sys.stdin.read()
    if options.file is None:
        return str(options.sql)
    try:
        return Path(options.file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{options.file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{options.file} cannot be read: it is not UTF-8") from error


def _write(result: Result, number: int, options: argparse.Namespace, say: Callable[[str], None]) -> None:
    output_format = options.format or format_of(options.output)
    raw = options.raw_csv
    if options.output:
        name = options.output.replace(_NUMBER, str(number))
        write_file(result, output_format, Path(name), raw_csv=raw)
        count = result.frame.height
        say(f"{count} {'row' if count == 1 else 'rows'} written to {name}")
    elif output_format == "table":
        print_table(result, options.max_rows)
    else:
        sys.stdout.buffer.write(render(result, output_format, raw_csv=raw))
        sys.stdout.buffer.flush()
