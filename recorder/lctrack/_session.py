"""A session: what is recorded between two flushes, under one set of labels."""

import dataclasses
import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Labels", "Session"]


@dataclasses.dataclass(frozen=True)
class Labels:
    """What the user calls a session. The fields are those that experiment trackers ask for.

    Tags become a list of texts: one text is one tag, and each pair of a mapping, as MLflow has it, a tag `key=value`.

    Raises:
        TypeError: The tags are neither texts nor a mapping.
    """

    project: str | None = None
    name: str | None = None
    group: str | None = None
    entity: str | None = None
    job_type: str | None = None
    tags: Sequence[str] | Mapping[str, str] | None = None
    notes: str | None = None
    params: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.tags is not None:
            object.__setattr__(self, "tags", _tag_list(self.tags))  # how a frozen class settles its fields

    def replace(self, **changes: Any) -> "Labels":
        """Give these labels with those that are not None changed."""
        return dataclasses.replace(self, **{key: value for key, value in changes.items() if value is not None})

    def as_fields(self) -> dict[str, Any]:
        """Give the labels that are set, for the log."""
        return {key: value for key, value in vars(self).items() if value is not None}


def _tag_list(tags: Any) -> list[str]:
    if isinstance(tags, str):
        return [tags]
    if isinstance(tags, Mapping):
        return [f"{key}={value}" for key, value in tags.items()]
    try:
        return [str(tag) for tag in tags]
    except TypeError as error:
        raise TypeError(f"tags are a list of texts, not {tags!r}") from error


class Session:
    """One session: its id and labels, the process it is of, how many events it has, whether it began and is over."""

    def __init__(self, labels: Labels) -> None:
        self.id = str(uuid.uuid4())
        self.labels = labels
        self.events = 0
        self.pid = os.getpid()
        self.begun = False
        self.left_out_traces = self.left_out_events = 0
        self.over = False
