"""What a security reviewer asks: no dependency, no network, nothing but a small list of the standard library."""

import ast
import os
import subprocess
import sys
import textwrap
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import lctrack

TOP = Path(__file__).parents[2]
PACKAGE = Path(lctrack.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

ALLOWED = {
    "atexit",
    "base64",
    "collections",
    "contextlib",
    "contextvars",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "errno",
    "functools",
    "glob",
    "hashlib",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "pathlib",
    "re",
    "secrets",
    "sys",
    "threading",
    "time",
    "traceback",
    "types",
    "typing",
    "uuid",
    "weakref",
}
"""Modules of the standard library that recording may import. None of them can open a connection."""

TOOLS = {"argparse", "bisect", "heapq", "io", "shutil", "stat", "tempfile", "zipfile"}
"""What the parts that do not run within an application, such as commands, may import beside those."""

ALSO = {
    "_journal.py": {"platform"},  # the version of Python, for the first line of a segment
    "_autolog.py": {"langchain_core.tracers.context"},  # where LangChain looks for handlers of its own accord
    "_disk.py": {"fcntl"},  # macOS keeps what was written on the disk only where this asks it to
    "_finished.py": {"fcntl"},  # whether another process has a segment open
    "_lifetime.py": {"signal"},  # SIGTERM ends a process without Python's own ending
    "_handler.py": {"langchain_core.callbacks"},  # the class that LangChain asks handlers to be of
    "_options.py": {"difflib"},  # the nearest option, loaded only for one that is mistyped
    "_traced.py": {"inspect"},  # the names of a decorated function's arguments; dataclasses load it anyway
    "_sealed.py": {"pyarrow", "pyarrow.parquet"},  # sealed segments, where somebody asks for them
    "_asset.py": {"langchain_core.load"},  # LangChain's own description of its objects
}
"""What single modules may import beside those."""

FORBIDDEN = ("asyncio", "ctypes", "ftplib", "http", "multiprocessing", "smtplib", "socket", "ssl", "urllib.request")


def imported(module: Path) -> set[str]:
    """Give the modules that a module imports, wherever it does; type checkers' imports aside."""
    tree = ast.parse(module.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def recording() -> set[Path]:
    """Give the modules that recording loads: the package, the handler, and whatever those import."""
    found: set[Path] = set()
    waiting = [PACKAGE / "__init__.py", PACKAGE / "_handler.py"]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            own = [name.split(".")[1:] for name in imported(module) if name.startswith("lctrack.")]
            waiting += [PACKAGE.joinpath(*parts).with_suffix(".py") for parts in own]
    return found


def others(module: Path) -> set[str]:
    """Give the modules of other packages that a module imports, less those that are for itself alone."""
    extra = ALSO.get(module.relative_to(PACKAGE).as_posix(), set())
    return {name.partition(".")[0] for name in imported(module) - extra} - {"lctrack"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_a_module_imports_only_what_is_on_the_list(module: Path) -> None:
    allowed = ALLOWED if module in recording() else ALLOWED | TOOLS
    assert others(module) - allowed == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_nothing_is_imported_or_run_behind_the_back_of_that_list(module: Path) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)}
    assert called.isdisjoint({"__import__", "importlib.import_module", "eval", "exec", "compile", "os.system"})


def test_nothing_is_revived() -> None:
    taken = {
        f"{node.module}.{alias.name}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name in taken if name.startswith(("langchain_core.load", "pickle", "marshal"))} == {
        "langchain_core.load.dumpd"
    }


def test_a_thread_is_started_for_sealing_alone() -> None:
    starting = {module.name for module in MODULES if "Thread(" in module.read_text()}
    assert starting == {"_sealer.py"}


def test_recording_keeps_no_memory(tmp_path: Path) -> None:
    program = """
        import gc, sys, tracemalloc, uuid
        from lctrack import LogCallbackHandler
        handler = LogCallbackHandler(sys.argv[1])
        def record(runs):
            for number in range(runs):
                run = uuid.uuid4()
                handler.on_llm_start({"name": "m"}, [f"{number}"], run_id=run, tags=["t"], metadata={"n": number})
                handler.on_llm_error(ValueError("x"), run_id=run)
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
        tracemalloc.start()
        before = record(3_000)
        print(record(10_000) - before)
    """
    assert int(run(program, tmp_path)) < 20_000  # a byte for each event


def test_the_list_has_nothing_to_spare() -> None:
    assert {name for module in recording() for name in others(module)} == ALLOWED


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if built := os.environ.get("LCTRACK_WHEELS"):
        (ready,) = Path(built).glob("lctrack-*.whl")
        return ready
    directory = tmp_path_factory.mktemp("wheel")
    build = "import sys; from flit_core import buildapi; print(buildapi.build_wheel(sys.argv[1]))"
    command = [sys.executable, "-c", build, str(directory)]
    done = subprocess.run(command, cwd=TOP / "recorder", check=True, capture_output=True, text=True)
    return directory / done.stdout.strip()


def test_what_a_recording_loads_is_small(wheel: Path, tmp_path: Path) -> None:
    program = """
        import sys
        from lctrack import LogCallbackHandler
        with LogCallbackHandler(sys.argv[1], project="p") as handler:
            with handler.recorder.span("x"):
                handler.on_custom_event("e", {}, run_id="r")
            handler.flush_tracker()
        print(*(name for name in sys.modules if name.partition(".")[0] == "lctrack"))
    """
    loaded = [name.replace(".", "/") for name in run(program, tmp_path).split()]
    with zipfile.ZipFile(wheel) as archive:
        sizes = {name: archive.getinfo(name).compress_size for name in archive.namelist()}
    small = sum(sizes.get(f"{name}.py", 0) or sizes[f"{name}/__init__.py"] for name in loaded)
    assert 30_000 < small < 60_000


def test_the_wheel_needs_nothing(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        assert Parser().parsestr(archive.read(metadata).decode()).get_all("Requires-Dist") is None


def test_the_wheel_holds_the_modules_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert {f"lctrack/{module.relative_to(PACKAGE).as_posix()}" for module in MODULES} | {"lctrack/py.typed"} == packed


def run(program: str, *arguments: object) -> str:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_recording_spans_loads_no_module_that_could_reach_a_network(tmp_path: Path) -> None:
    program = """
        import sys
        before = set(sys.modules)
        import lctrack
        with lctrack.Recorder(sys.argv[1], params={"a": object()}) as recorder:
            try:
                with recorder.span("x", inputs=[float("nan")]):
                    raise ValueError
            except ValueError:
                recorder.score("good", 1)
        print(*sorted(set(sys.modules) - before), sep="\\n")
    """
    loaded = run(program, tmp_path).split()
    assert "lctrack._recorder" in loaded
    assert not [name for name in loaded if name in FORBIDDEN or name.startswith("langchain")]


AUDIT = f"""
import sys
sys.path.insert(0, {str(TOP)!r})
sys.dont_write_bytecode = True
from tests.recorder.applications import SYNC

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "ctypes.", "urllib.")
seen = []

def audit(event, arguments):
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
    elsewhere = writing and not str(arguments[0]).startswith(sys.argv[1])
    if elsewhere or event.startswith(FORBIDDEN):
        seen.append((event, arguments))
        raise PermissionError(event)

sys.addaudithook(audit)
"""
"""Forbids to reach beyond the log directory, from before lctrack is imported; LangChain is loaded by then."""


def test_recording_langchain_opens_no_socket_and_writes_nowhere_else(tmp_path: Path) -> None:
    program = """
from lctrack import LogCallbackHandler
with LogCallbackHandler(sys.argv[1], stream="tokens") as handler:
    for application in SYNC.values():
        application({"callbacks": [handler]})
    handler.flush_tracker(SYNC, name="all")
assert seen == [], seen
assert handler.stats()["dropped"] == 0, handler.stats()
print(handler.stats()["events"])
"""
    assert int(run(AUDIT + program, tmp_path)) > 100


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("import socket; socket.socket()", r"socket\.__new__"),
        ("import subprocess; subprocess.run(['true'])", r"subprocess\.Popen"),
        ("open('/tmp/elsewhere', 'w')", "open"),
    ],
)
def test_the_audit_would_notice(tmp_path: Path, action: str, event: str) -> None:
    with pytest.raises(AssertionError, match=f"PermissionError: {event}"):
        run(AUDIT + action, tmp_path)
