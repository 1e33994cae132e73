"""The command is part of what a security reviewer reads: standard library only, no network."""

import subprocess
import sys
from pathlib import Path

import pytest

from lctrack.command.cli import SUBCOMMANDS, main
from tests.command.logs import finished

FORBIDDEN = {"_socket", "socket", "ssl", "_ssl", "http", "urllib.request", "asyncio", "select", "multiprocessing"}
LOADED = """
import sys
before = set(sys.modules)
import lctrack.command.cli
print(*sorted(set(sys.modules) - before))
"""
# Forbids sockets and processes, as the machine of a reviewer might.
GUARDED = """
import sys
from lctrack.command.cli import main
def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system")):
        raise SystemExit(f"{event} is forbidden")
sys.addaudithook(refuse)
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_imports_no_network_and_nothing_but_the_standard_library() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    names = set(loaded.stdout.split())
    assert FORBIDDEN & names == set()
    assert {name.partition(".")[0] for name in names} - {"lctrack"} <= sys.stdlib_module_names


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_a_subcommand_opens_no_socket_and_starts_no_process(name: str, tmp_path: Path) -> None:
    arguments = {
        "bundle": ["logs", "-o", "new.zip"],
        "unbundle": ["made.zip", "-d", "out"],
        "prune": ["logs", "--older-than", "1d"],
    }.get(name, ["logs"])
    (tmp_path / "logs").mkdir()
    finished(tmp_path / "logs")
    main(["bundle", str(tmp_path / "logs"), "-o", str(tmp_path / "made.zip")])
    result = subprocess.run(
        [sys.executable, "-c", GUARDED, name, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.returncode, "forbidden" in result.stderr) == (0, False), result.stderr


def test_the_guard_of_that_test_works() -> None:
    code = GUARDED.replace("sys.exit(", "import socket; socket.socket(); sys.exit(")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stderr == "socket.__new__ is forbidden\n"
