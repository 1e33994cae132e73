"""A systemd timer and its service.

For root they are the system's, for anybody else the user's own. The service can write its state directory and nothing
else. Credentials come from a file that only its owner can read, which the unit names and the schedule never writes.
"""

import os
import subprocess
from pathlib import Path

from lctrack_uploaders.errors import UploadError
from lctrack_uploaders.schedule.job import NAME, Job

_SYSTEM = Path("/etc/systemd/system")


def text(job: Job) -> str:
    """Give both units, each after a comment that names its file.

    Args:
        job: What to run.

    Returns:
        The text.
    """
    directory = _directory()
    return "\n".join(f"# {directory / name}\n{content}" for name, content in _units(job).items())


def install(job: Job) -> str:
    """Write both units and start the timer.

    Args:
        job: What to run.

    Returns:
        What was done, as a sentence.

    Raises:
        UploadError: It cannot be done.
    """
    directory = _directory()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        job.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in _units(job).items():
            (directory / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise UploadError(f"The units cannot be written to {directory} ({error.strerror}).") from error
    systemctl = ["systemctl", *([] if _is_root() else ["--user"])]
    for arguments in (["daemon-reload"], ["enable", "--now", f"{NAME}.timer"]):
        try:
            subprocess.run([*systemctl, *arguments], check=True, capture_output=True, text=True)  # noqa: S603  # systemd's own
        except (OSError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", None) or str(error)).strip().partition("\n")[0]
            raise UploadError(
                f"The units are in {directory}, but {' '.join([*systemctl, *arguments])} failed ({reason})."
            ) from error
    return f"{NAME}.timer runs: {' '.join(systemctl)} list-timers {NAME}.timer shows when."


def _units(job: Job) -> dict[str, str]:
    return {f"{NAME}.service": _service(job), f"{NAME}.timer": _timer(job)}


def _service(job: Job) -> str:
    variables = "/etc/lctrack/upload.env" if _is_root() else "%h/.config/lctrack/upload.env"
    command = " ".join(map(_quoted, job.command))
    return f"""\
[Unit]
Description=Deliver recorded LangChain sessions to experiment trackers
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory={_escaped(str(job.directory))}
ExecStart={command}
# Credentials, as lines NAME=value in a file with mode 0600; it need not be there.
EnvironmentFile=-{variables}
# It was told to end, and did so between two steps.
SuccessExitStatus=143
TimeoutStartSec=6h
TimeoutStopSec=2min
KillSignal=SIGTERM
Nice=10
IOSchedulingClass=idle
UMask=0077
NoNewPrivileges=true
PrivateTmp=true
PrivateDevices=true
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={_quoted(str(job.state))}
ProtectKernelTunables=true
ProtectKernelModules=true
ProtectKernelLogs=true
ProtectControlGroups=true
ProtectClock=true
ProtectHostname=true
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=
"""


def _timer(job: Job) -> str:
    return f"""\
[Unit]
Description=Deliver recorded LangChain sessions every {job.seconds} seconds

[Timer]
OnActiveSec=1min
OnUnitActiveSec={job.seconds}s
RandomizedDelaySec={min(60, job.seconds // 10)}s

[Install]
WantedBy=timers.target
"""


def _directory() -> Path:
    if _is_root():
        return _SYSTEM
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "systemd" / "user"


def _is_root() -> bool:
    return os.geteuid() == 0


def _escaped(word: str) -> str:
    """Keep systemd from reading specifiers and variables into a text."""
    return word.replace("%", "%%")


def _quoted(word: str) -> str:
    escaped = _escaped(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if set(escaped) & set(" '\"\\;") else escaped
