"""Where settings come from: flags over environment over `lctrack.toml` over `pyproject.toml`, the same for all.

A configuration file has the options of the command, and a table for each target, whose name is free: several targets
of one kind have a name each. What an option is called, whether it is a switch or a number, and what is wrong with a
value is told by the parser alone, so the file can hold whatever the command line can, except for secrets.
"""

import argparse
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lctrack_uploaders.errors import UsageError

PREFIX = "LCTRACK_UPLOAD_"
"""Of the environment variables that are options: `LCTRACK_UPLOAD_JOBS=2`."""

FILES = (("lctrack.toml", ("upload",)), ("pyproject.toml", ("tool", "lctrack", "upload")))
"""Configuration files in the working directory, and the table in each; the first wins."""

_SECRET = ("password", "passwd", "token", "secret", "api-key", "apikey", "credential", "access-key")
_KIND, _KEYRING = "kind", "keyring"
_NOT_IN_FILES = ("help", "version", "logs", "yes", "install_schedule")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True, slots=True)
class Written:
    """What the configuration files say."""

    options: Mapping[str, tuple[Any, str]]
    """Value and file of each option of the command."""
    targets: Mapping[str, Mapping[str, tuple[Any, str]]]
    """Likewise for each named target."""


def read_files(directory: Path, explicit: Path | None = None) -> Written:
    """Read the configuration files.

    Args:
        directory: Where to look for them.
        explicit: The file that `--config` names, in place of those; its format is that of `lctrack.toml`.

    Returns:
        What they say.

    Raises:
        UsageError: A file cannot be read, or holds what does not belong there.
    """
    places = [(explicit, FILES[0][1])] if explicit else [(directory / name, keys) for name, keys in FILES]
    options: dict[str, tuple[Any, str]] = {}
    targets: dict[str, dict[str, tuple[Any, str]]] = {}
    for path, keys in reversed(places):
        table = _table(path, keys, needed=explicit is not None)
        named = table.pop("targets", {})
        _check(path, table)
        options.update({_dest(key): (value, path.name) for key, value in table.items()})
        for name, values in _tables(path, named):
            _check(path, values)
            targets.setdefault(name, {}).update({_dest(key): (value, path.name) for key, value in values.items()})
    return Written(options, targets)


def defaults_apart(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Take the defaults out of a parser, so that what it parses holds only what the user wrote.

    Args:
        parser: The parser, changed.

    Returns:
        Its options by the name of their value, each with its default as `const_default`.
    """
    found: dict[str, argparse.Action] = {}
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to ask what options there are
        if action.default is not argparse.SUPPRESS:
            found[action.dest] = action
            action.__dict__["declared_default"] = action.default
            action.default = argparse.SUPPRESS
    return found


def layered(
    actions: Mapping[str, argparse.Action],
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    written: Mapping[str, tuple[Any, str]],
    prefix: str = PREFIX,
) -> argparse.Namespace:
    """Give each option the value of the uppermost layer that has one.

    Args:
        actions: The options, from `defaults_apart`.
        flags: What the command line says.
        environ: Environment variables.
        written: What the files say.
        prefix: Of the variables that are options.

    Returns:
        The options.

    Raises:
        UsageError: A value cannot be right; the sentence says where it stands.
    """
    result = argparse.Namespace()
    for dest, action in actions.items():
        variable = f"{prefix}{dest.upper()}"
        if dest in flags:
            value = flags[dest]
        elif variable in environ and dest not in _NOT_IN_FILES:
            value = _value(action, environ[variable], variable)
        elif dest in written:
            value = _value(action, written[dest][0], f"{written[dest][1]}, {dest.replace('_', '-')}")
        else:
            value = action.__dict__["declared_default"]
        setattr(result, dest, value)
    return result


def unknown(written: Mapping[str, tuple[Any, str]], known: Sequence[str], where: str) -> None:
    """Refuse keys of a configuration file that are no options.

    Args:
        written: What the files say.
        known: The options.
        where: What the table is called.

    Raises:
        UsageError: There is such a key.
    """
    for key, (_, file) in written.items():
        if key not in known or key in _NOT_IN_FILES:
            choices = ", ".join(sorted(name.replace("_", "-") for name in known if name not in _NOT_IN_FILES))
            raise UsageError(f"{file}, {where}: there is no option {key.replace('_', '-')!r}; choose of {choices}.")


def kind_of(name: str, written: Written) -> str:
    """Give the kind of a target: what its table says, else its name."""
    value = written.targets.get(name, {}).get(_KIND, (name, ""))[0]
    if not isinstance(value, str):
        raise UsageError(f"The kind of the target {name!r} must be a text.")
    return value


def keyring_of(name: str, written: Written) -> str | None:
    """Give the keyring's service that has a target's secrets, if its table names one."""
    value = written.targets.get(name, {}).get(_KEYRING, (None, ""))[0]
    return None if value is None else str(value)


def own_options(name: str, written: Written) -> dict[str, tuple[Any, str]]:
    """Give what a target's table says of its options."""
    return {key: value for key, value in written.targets.get(name, {}).items() if key not in (_KIND, _KEYRING)}


def _table(path: Path, keys: Sequence[str], *, needed: bool) -> dict[str, Any]:
    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if needed:
            raise UsageError(f"There is no configuration file {path}.") from None
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"The configuration file {path} cannot be read: {_first_line(error)}.") from error
    for key in keys:
        found = found.get(key, {}) if isinstance(found, dict) else {}
    return dict(found) if isinstance(found, dict) else {}


def _tables(path: Path, named: Any) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(named, dict) or not all(isinstance(values, dict) for values in named.values()):
        raise UsageError(f"{path.name}: targets must be tables, such as [upload.targets.production].")
    return [(name, dict(values)) for name, values in named.items()]


def _check(path: Path, table: Mapping[str, Any]) -> None:
    """Refuse secrets: a file is copied, committed and shown around. What stands there is not repeated."""
    for key, value in table.items():
        texts = value if isinstance(value, list) else [value]
        in_address = any(isinstance(text, str) and _has_password(text) for text in texts)
        if in_address or any(word in key.lower().replace("_", "-") for word in _SECRET):
            raise UsageError(
                f"{path.name} holds a secret under {key!r}: take it out, and put it into the environment, the "
                "tracker's own credentials file or a keyring."
            )


def _has_password(text: str) -> bool:
    _, separator, rest = text.partition("://")
    return bool(separator) and "@" in rest.partition("/")[0]


def _value(action: argparse.Action, value: Any, option: str) -> Any:
    """Turn a value from outside the command line into what the parser would have made of it."""
    if action.nargs == 0 or isinstance(action, argparse.BooleanOptionalAction):
        text = str(value).lower()
        if text not in (*_TRUE, *_FALSE):
            raise UsageError(f"{option} must be true or false.")
        return text in _TRUE
    if isinstance(action, argparse._AppendAction):  # noqa: SLF001  # the only name that the class of these has
        values = value if isinstance(value, list) else str(value).split(",")
        return [_converted(action, text, option) for text in values]
    if isinstance(value, list | dict):
        raise UsageError(f"{option} must be one value.")
    return _converted(action, value, option)


def _converted(action: argparse.Action, value: Any, option: str) -> Any:
    convert: Any = action.type or str
    try:
        converted = convert(str(value))
    except (ValueError, TypeError, argparse.ArgumentTypeError) as error:
        raise UsageError(f"{option} cannot be {value!r}.") from error
    if action.choices is not None and converted not in action.choices:
        raise UsageError(f"{option} must be one of {', '.join(map(str, action.choices))}.")
    return converted


def _dest(key: str) -> str:
    return key.replace("-", "_")


def _first_line(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return reason.partition(os.linesep)[0].rstrip(".")
