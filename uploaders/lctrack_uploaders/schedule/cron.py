"""A line for cron, in a block of its own between two marks, which a second installation replaces."""

import shlex
import subprocess

from lctrack_uploaders.errors import UploadError, UsageError
from lctrack_uploaders.schedule.job import NAME, Job

_BEGIN, _END = f"# {NAME}: begin", f"# {NAME}: end"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def text(job: Job) -> str:
    """Give the block.

    Args:
        job: What to run.

    Returns:
        The lines.

    Raises:
        UsageError: Cron cannot repeat it so often.
    """
    # A percent sign would begin the command's input.
    command = f"cd {shlex.quote(str(job.directory))} && umask 077 && exec {shlex.join(job.command)}"
    escaped = command.replace("%", "\\%")
    return f"{_BEGIN}\n{_when(job.seconds)} {escaped}\n{_END}"


def install(job: Job) -> str:
    """Put the block into the user's table, in place of the one that is there.

    Args:
        job: What to run.

    Returns:
        What was done, as a sentence.

    Raises:
        UploadError: There is no cron, or it refuses.
    """
    block = text(job)
    kept = _without_block(_crontab("-l", may_fail=True))
    _crontab("-", given="\n".join([*kept, block]) + "\n")
    return "The line is in your crontab: crontab -l shows it."


def _when(seconds: int) -> str:
    for unit, most, pattern in ((_MINUTE, 60, "*/{} * * * *"), (_HOUR, 24, "0 */{} * * *"), (_DAY, 32, "0 0 */{} * *")):
        number, rest = divmod(seconds, unit)
        if rest == 0 and number < most and (most == 32 or most % number == 0):  # noqa: PLR2004  # months differ
            return pattern.format(number)
    raise UsageError(
        "Cron repeats at even parts of an hour or a day: choose an --every such as 5m, 15m, 30m, 1h, 6h or 1d."
    )


def _without_block(table: str) -> list[str]:
    kept, inside = [], False
    for line in table.splitlines():
        inside = inside or line == _BEGIN
        if not inside:
            kept.append(line)
        inside = inside and line != _END
    return kept


def _crontab(argument: str, given: str | None = None, *, may_fail: bool = False) -> str:
    try:
        found = subprocess.run(["crontab", argument], input=given, capture_output=True, text=True, check=False)  # noqa: S603, S607  # cron's own
    except OSError as error:
        raise UploadError(f"There is no crontab here ({error.strerror}): install cron, or use systemd.") from error
    if found.returncode and not may_fail:
        raise UploadError(f"crontab refused the line: {found.stderr.strip().partition(chr(10))[0]}.")
    return "" if found.returncode else found.stdout
