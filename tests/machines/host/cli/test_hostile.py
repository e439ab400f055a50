"""The command line where nothing is as it should be: files, streams, signals, users."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emucore.base import files
from emucore.base.errors import plain
from emucore.history import container
from machines.host.base import stopping
from machines.host.headless.headless import run

EMU = [sys.executable, "-m", "machines.host.cli"]
MEMORY, PATIENCE = 3 << 30, 60
posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and signals are POSIX's")


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def emu(*words: object, **options: object) -> subprocess.CompletedProcess[bytes]:
    """A command in a process with bounded memory and time."""
    options = {"capture_output": True, "stdin": subprocess.DEVNULL} | options
    return subprocess.run(
        [*EMU, *map(str, words)],
        check=False,
        timeout=PATIENCE,
        preexec_fn=bounded,
        **options,  # type: ignore[call-overload]
    )


def refused(*words: object) -> str:
    """The one line in which a command is refused: nothing in it but what is printable."""
    done = emu(*words)
    text = done.stderr.decode()
    lines = [line for line in text.split("\n") if line and "preparing" not in line]
    assert (done.returncode, done.stdout, len(lines)) == (2, b"", 1), text
    assert lines[0].isprintable()
    return lines[0]


COMMANDS = {
    "asm": ("asm", "--isa", "8080", "FILE"),
    "disasm": ("disasm", "--isa", "8080", "FILE"),
    "manifest": ("test", "--manifest", "FILE"),
    "state": ("state", "info", "FILE"),
    "load": ("run", "invaders", "--frames", "1", "--load-state", "FILE"),
    "playback": ("run", "invaders", "--playback", "FILE"),
    "media": ("run", "invaders", "FILE", "--frames", "1"),
    "input": ("run", "invaders", "--frames", "1", "--input", "FILE"),
    "program": ("run", "cpm", "FILE"),
    "diverge": ("diverge", "invaders", "FILE", "--frames", "1"),
}


@posix
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_file(tmp_path: Path, command: str) -> None:
    """A pipe nobody writes into is not waited for, nor a device read to its end."""
    os.mkfifo(pipe := tmp_path / "pi\n\x1b[2Jpe")
    said = refused(*(pipe if word == "FILE" else word for word in COMMANDS[command]))
    assert "pi\\n\\x1b[2Jpe" in said
    assert "a pipe, not a regular file" in said
    assert said.count("2Jpe") == 1


@posix
@pytest.mark.parametrize("command", ["asm", "disasm", "manifest", "input"])
def test_a_device(command: str) -> None:
    said = refused(*("/dev/zero" if word == "FILE" else word for word in COMMANDS[command]))
    assert "/dev/zero: a device, not a regular file" in said


def test_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(files.UserError, match="larger than"):
        files.read_bounded(path, 1 << 20)


def test_names_are_quoted_and_words_are_not() -> None:
    assert plain("A word, \u00fc \u4e16 'x'") == "A word, \u00fc \u4e16 'x'"
    assert plain("a\nb\x1b[2J\x9b\u202e\udcff\t") == r"a\nb\x1b[2J\x9b\u202e\udcff\t"


def test_what_a_state_says_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "state"
    header = {"machine": "invaders", "cpus": {"cpu": "a\nb\x1b[2J"}, "media": "", "frame": 1}
    path.write_bytes(container.pack("state", {**header, "fields": []}, b""))
    assert "a board with CPU a\\nb\\x1b[2J" in refused(
        "run", "invaders", "--frames", 1, "--load-state", path
    )
    done = emu("state", "info", path)
    assert done.returncode == 0
    assert all(line.isprintable() for line in done.stdout.decode().split("\n"))


# -- streams --------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams(tmp_path: Path, closed: tuple[int, ...]) -> None:
    """Nothing is written into a file that would get the number of one."""

    def close() -> None:
        for descriptor in closed:
            os.close(descriptor)

    path = tmp_path / "a.state"
    words = ("run", "invaders", "--frames", "2", "--hash", "--save-state", str(path))
    done = subprocess.run([*EMU, *words], capture_output=True, check=False, preexec_fn=close)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (b"state_sha256" in done.stdout) == (1 not in closed)
    assert emu("state", "info", path).returncode == 0


@posix
@pytest.mark.parametrize("words", [("isa", "8080"), ("list",), ("isa", "8080", "--json")])
def test_nobody_reads(words: tuple[str, ...]) -> None:
    emulator = subprocess.Popen([*EMU, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert emulator.stdout is not None
    emulator.stdout.close()
    assert emulator.stderr is not None
    assert (emulator.stderr.read(), emulator.wait(PATIENCE)) == (b"", 141)


@posix
def test_a_full_disk_behind_stdout() -> None:
    with open("/dev/full", "wb") as full:
        done = emu("list", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (2, b"emu: No space left on device\n")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_text_goes_out_in_any_encoding(encoding: str) -> None:
    words = ("8080/sieve", "--seconds", "0.001", "--repeats", "1", "--engines", "interp")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = emu("bench", *words, env=environment)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    shown = done.stdout.decode(encoding)
    assert ("+-" if encoding == "ascii" else "\u00b1") in shown
    assert emu("isa", "z80", env=environment).returncode == 0


def test_the_hash_has_a_line_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "a.asm"
    source.write_text(" org 100h\n mvi c,9\n lxi d,msg\n call 5\n ret\nmsg: db 'Hello$'\n")
    assert emu("asm", "--isa", "8080", source, "-o", tmp_path / "A.COM").returncode == 0
    lines = emu("run", "cpm", tmp_path / "A.COM", "--hash").stdout.decode().splitlines()
    assert lines[0] == "Hello"
    assert lines[1].startswith("state_sha256 ")
    assert emu("run", "cpm", tmp_path / "A.COM").stdout == b"Hello"


# -- signals --------------------------------------------------------------------------------------


def signalled(words: list[str], number: int, after: Path) -> tuple[int, str]:
    """The exit code and stderr of a command that is sent a signal when a file is begun."""
    emulator = subprocess.Popen([*EMU, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + PATIENCE
    while not list(after.glob(".emu-*")) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.1)
    emulator.send_signal(number)
    _, said = emulator.communicate(timeout=PATIENCE)
    return emulator.returncode, said.decode()


@posix
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_a_run_with_all_it_was_to_write(tmp_path: Path, name: str, code: int) -> None:
    words = ["run", "invaders", "--frames", "99999999"]
    for option in ("save-state", "screenshot", "wav", "record"):
        words += [f"--{option}", str(tmp_path / option)]
    ended, said = signalled(words, getattr(signal, name), tmp_path)
    assert ended == code
    assert "emu: invaders: stopped at frame " in said
    assert "Traceback" not in said
    assert sorted(os.listdir(tmp_path)) == ["record", "save-state", "screenshot", "wav"]
    done = emu("run", "invaders", "--playback", tmp_path / "record")
    assert (done.returncode, b"; as recorded" in done.stderr) == (0, True)


@posix
def test_ctrl_c_while_it_starts() -> None:
    """Quiet, wherever it is: but for what is Python's own, before it begins with ours."""
    code = "import sys; from machines.emu import main; print(flush=True); sys.exit(main())"
    words = ("run", "invaders", "--frames", "99999999")
    for delay in (0.001, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5):
        emulator = subprocess.Popen(
            [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert emulator.stdout is not None
        emulator.stdout.readline()
        time.sleep(delay)
        emulator.send_signal(signal.SIGINT)
        _, said = emulator.communicate(timeout=PATIENCE)
        assert emulator.returncode == 130, delay
        assert b"Traceback" not in said
        assert said.count(b"\n") <= 2


def test_a_second_signal_is_not_waited_for() -> None:
    with stopping.noted() as stop:
        assert not stop
        os.kill(os.getpid(), signal.SIGTERM)
        assert (bool(stop), stop.code) == (True, 143)
        with pytest.raises(stopping.Stopped):
            os.kill(os.getpid(), signal.SIGINT)
    stopping._raised.clear()
    with stopping.noted() as stop:
        with stop.at_once():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(PATIENCE)
        assert stop.code == 130


def test_a_run_ends_between_frames() -> None:
    import machines

    machine = machines.load("invaders", engine="reference")
    stop = stopping.Stop()
    with contextlib.suppress(KeyboardInterrupt):
        stop.note(signal.SIGINT, None)
    assert run(machine, frames=99, stop=stop).frames == 0
    assert machine.frame == 0


# -- users ----------------------------------------------------------------------------------------


def test_nobody_s_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who is in no list, as in a container: what is kept is private, and not in ``~``."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "EMUCORE_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setattr(files.tempfile, "gettempdir", lambda: str(tmp_path))
    files._without_home.cache_clear()
    folder = files.user_folder("EMUCORE_DATA", "data")
    assert folder.is_relative_to(tmp_path)
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    folder.parent.chmod(0o777)  # as somebody else would have it
    files._without_home.cache_clear()
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    other = files.user_folder("EMUCORE_DATA", "data")
    assert other.parent != folder.parent
    assert other.parent.stat().st_mode & 0o777 == 0o700
    files._without_home.cache_clear()
