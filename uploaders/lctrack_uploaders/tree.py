"""The tree of a trace's runs, whatever the log says about parents.

A log can lack a parent (its segment is elsewhere) or, damaged, hold a cycle. Trackers answer to either with lost
spans or an endless loop, so what hangs in the air is hung on the root. The parents as recorded stay in the tables.
"""

from collections.abc import Mapping


def parents(recorded: Mapping[str, str | None], root: str) -> dict[str, str | None]:
    """Give every run a parent such that all of them form one tree.

    Args:
        recorded: Recorded parent by run id, in the order of their starts.
        root: The run id of the root, which need not be among them.

    Returns:
        Parent by run id in the same order; the root's is None, every other run reaches the root.
    """
    tree: dict[str, str | None] = {root: None}
    for run_id in recorded:
        path: dict[str, None] = {}
        step: str | None = run_id
        while step is not None and step in recorded and step not in tree and step not in path:
            path[step] = None
            step = recorded[step]
        # The walk ends at a run that has its place; otherwise (no parent, an unknown one, a cycle) at the root.
        above = step if step in tree else root
        for member in reversed(path):
            tree[member] = above
            above = member
    return {run_id: tree[run_id] for run_id in recorded}
