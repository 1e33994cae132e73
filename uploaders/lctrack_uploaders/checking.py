"""`--check`: tries each target with the credentials there are, and writes nothing.

What answers is told on standard output; what does not, on standard error, as a delivery would tell it. JSON is for
programs, and stays together.
"""

import json
import sys
from collections.abc import Callable, Sequence

from lctrack_uploaders.destinations import Named
from lctrack_uploaders.errors import UploadError
from lctrack_uploaders.report import printable

DONE, FAILED, PARTLY = 0, 1, 3


def check(targets: Sequence[Named], redact: Callable[[str], str], *, as_json: bool) -> int:
    """Try the targets and tell.

    Args:
        targets: The targets.
        redact: Clears a message of credentials.
        as_json: Print one JSON object for each.

    Returns:
        Exit code: 0 all would take sessions, 1 none, 3 some.
    """
    well = []
    for named in targets:
        try:
            message = named.target.check()
            well.append(True)
        except UploadError as error:
            message = str(error)
            well.append(False)
        message = redact(message)
        if as_json:
            told = {"target": named.name, "kind": named.kind, "address": named.target.address}
            line = json.dumps({**told, "ok": well[-1], "message": message})
        else:
            line = printable(f"{named.name}: {message}")
        if well[-1] or as_json:
            print(line, flush=True)  # noqa: T201  # the command's result
        else:
            print(f"lctrack-upload: {line}", file=sys.stderr, flush=True)  # noqa: T201  # for a person
    if all(well):
        return DONE
    return PARTLY if any(well) else FAILED
