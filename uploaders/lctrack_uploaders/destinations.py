"""The targets of a call: by name, each with its kind, its options and its credentials."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lctrack_uploaders import registry, secrets, settings
from lctrack_uploaders.contract import Target
from lctrack_uploaders.errors import UsageError
from lctrack_uploaders.settings import Written


@dataclass(frozen=True, slots=True)
class Named:
    """A target of the call."""

    name: str
    kind: str
    target: Target
    options: str = ""
    """What its options say, without credentials."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the options of targets come from."""

    flags: Mapping[str, Any]
    """What the command line says."""
    environ: Mapping[str, str]
    written: Written
    redactor: secrets.Redactor
    """Learns the credentials."""


def options_of(kind: str) -> dict[str, argparse.Action]:
    """Give the options of a kind of target, by the name of their value."""
    scratch = argparse.ArgumentParser(add_help=False)
    registry.target_module(kind).add_arguments(scratch)
    return settings.defaults_apart(scratch)


def kinds_of(names: Sequence[str], written: Written) -> dict[str, str]:
    """Give the kind of each target.

    Args:
        names: Of the targets.
        written: What the configuration files say.

    Returns:
        Kind by name.

    Raises:
        UsageError: A target is neither a kind nor named in a file.
    """
    found = {name: settings.kind_of(name, written) for name in names}
    for name, kind in found.items():
        if kind not in registry.kinds():
            of = "" if name == kind else f" for {name!r}"
            choices = sorted({*registry.kinds(), *written.targets})
            raise UsageError(f"There is no target {kind!r}{of}: choose one of {', '.join(choices)}.")
    return found


def make(names: Sequence[str], sources: Sources, state: Path) -> list[Named]:
    """Make the targets; none is contacted.

    Args:
        names: Of the targets.
        sources: Where their options come from.
        state: Directory for what lctrack keeps beside the logs.

    Returns:
        The targets, in the order of the names.

    Raises:
        UploadError: An option cannot be right, or a package is missing.
    """
    kinds = kinds_of(names, sources.written)
    made = []
    for name, kind in kinds.items():
        actions = options_of(kind)
        given = {dest: sources.flags[dest] for dest in actions if dest in sources.flags}
        if given and list(kinds.values()).count(kind) > 1:
            option = next(iter(given)).replace("_", "-")
            raise UsageError(f"--{option} would go to several targets of kind {kind}: write it into their tables.")
        made.append(Named(name, kind, *_make(name, kind, sources, state)))
    return made


def _make(name: str, kind: str, sources: Sources, state: Path) -> tuple[Target, str]:
    module, actions = registry.target_module(kind), options_of(kind)
    keyring = settings.keyring_of(name, sources.written)
    environ = secrets.environment(name, sources.environ, module.SECRETS, keyring)
    sources.redactor.learn(environ.get(variable) for variable in module.SECRETS)
    written = settings.own_options(name, sources.written)
    settings.unknown(written, list(actions), f"target {name!r}")
    if name == kind:
        # The tracker's own variables are environment as well; those of a target with a name of its own are not meant.
        own: Mapping[str, str] = getattr(module, "VARIABLES", {})
        written = {dest: value for dest, value in written.items() if not environ.get(own.get(dest, ""))}
    options = settings.layered(actions, sources.flags, sources.environ, written, secrets.prefix(name))
    sources.redactor.learn(secrets.in_addresses([*vars(options).values(), *environ.values()]))
    said = sources.redactor(repr(sorted(vars(options).items())))
    return module.create(options, state, environ), said
