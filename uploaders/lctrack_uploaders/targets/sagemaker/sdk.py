"""What the `sagemaker` SDK's own configuration says, where the SDK is installed.

Its files (`/etc/xdg/sagemaker/config.yaml`, `~/.config/sagemaker/config.yaml`, or where its variables say) may name
another default bucket and prefix. The SDK takes seconds to import, so nothing but its configuration is imported.
"""

import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MODULES = ("sagemaker.core.config.config", "sagemaker.config.config")
"""Where the SDK has it: from version 3 on, and before."""
_PLACE = ("SageMaker", "PythonSDK", "Modules", "Session")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is the default without options; None where the SDK has no opinion."""

    bucket: str | None = None
    prefix: str | None = None


def defaults() -> Defaults:
    """Ask the SDK, if it is there.

    Returns:
        What it says; nothing where it is not installed or its configuration cannot be read.
    """
    for name in _MODULES:
        try:
            module = importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112  # an SDK that does not work is one that is not there
            continue
        logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger("sagemaker.config").setLevel(logging.WARNING)
        return _read(module)
    return Defaults()


def _read(module: Any) -> Defaults:
    try:
        found: Any = module.load_sagemaker_config()
    except Exception:  # noqa: BLE001  # as above: the defaults are then AWS's own
        return Defaults()
    for key in _PLACE:
        found = found.get(key, {}) if isinstance(found, Mapping) else {}
    return Defaults(found.get("DefaultS3Bucket"), found.get("DefaultS3ObjectKeyPrefix"))
