"""What people get wrong, on the command line: one clear line, exit 2, and nothing is lost."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from background import settle

import machines
from emucore.history import container, snapshot
from emucore.history.recording import Recorder

EMU = [sys.executable, "-m", "machines.host.cli"]


def emu(*words: object, limit: int | None = None, **environment: str) -> tuple[int, str, str]:
    """Run a command in a process whose files may have *limit* bytes; exit code, stdout, stderr."""

    def full() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [*EMU, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, **environment},
        preexec_fn=full,
    )
    return done.returncode, done.stdout, done.stderr


def refused(*words: object, limit: int | None = None) -> str:
    """The one line that is said."""
    code, out, err = emu(*words, limit=limit)
    said = [line for line in err.splitlines() if "preparing" not in line]  # it may have to compile
    assert (code, out, len(said)) == (2, "", 1), err
    assert said[0].startswith("emu: ")
    return said[0]


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What a process would have to compile and could not keep is there."""
    machines.load("invaders", engine="interp").run(1)
    settle()


OUTPUTS = ["save-state", "record", "screenshot", "wav", "movie"]


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, option: str) -> None:
    emu("run", "invaders", "--frames", 1)  # what is compiled is kept, while there is room
    path = tmp_path / ("film.avi" if option == "movie" else "file")
    path.write_bytes(b"the old one")
    message = refused("run", "invaders", "--frames", 90, f"--{option}", path, limit=500)
    assert f"{path}: File too large" in message
    assert path.read_bytes() == b"the old one"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("option", OUTPUTS)
def test_a_folder_that_is_gone(tmp_path: Path, option: str) -> None:
    message = refused("run", "invaders", "--frames", 1, f"--{option}", tmp_path / "no" / "a.avi")
    assert "there is no folder" in message


def test_an_unwritable_cache(tmp_path: Path) -> None:
    """Root may write everywhere, so: a folder below a file.  It takes longer, and that is all."""
    (tmp_path / "file").write_text("in the way")
    words = ("run", "invaders", "--frames", 3, "--hash", "--engine", "jit")
    code, out, err = emu(*words, EMUCORE_CACHE=str(tmp_path / "file" / "cache"))
    assert (code, out) == (0, emu(*words)[1])
    [said] = (line for line in err.splitlines() if "cache" in line)  # once
    assert said.startswith("emu: warning: no cache of compiled code: ")


def test_states(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    machine.run(3)
    good = tmp_path / "good"
    machine.save_state(good)
    data = good.read_bytes()
    header, body = container.unpack("state", data, 1 << 24)
    (tmp_path / "x.com").write_bytes(b"\xc9")
    machines.load("cpm", tmp_path / "x.com", engine="reference").save_state(tmp_path / "foreign")
    wrong = {
        "empty": (b"", "not a state file"),
        "text": (b"hello\n", "not a state file"),
        "short": (data[:-20], "damaged"),
        "turned": (data[:500] + b"\xff\xfe" + data[502:], "damaged"),
        "foreign": ((tmp_path / "foreign").read_bytes(), "a state of 'cpm', not of 'invaders'"),
        "large": (data + bytes(50 << 20), "larger than"),
    }
    for version, said in ((2, "of format 2; this program reads up to 1"), ("x", "of format 'x'")):
        text = json.dumps({**header, "version": version}).encode()
        content = len(text).to_bytes(4, "little") + text + body
        wrong[f"newer{version}"] = packed(content), said
    for name, (content, said) in wrong.items():
        path = tmp_path / name
        path.write_bytes(content)
        message = refused("run", "invaders", "--frames", 1, "--load-state", path)
        assert str(path) in message
        assert said in message


def packed(content: bytes) -> bytes:
    import zstandard

    return container.MAGIC + zstandard.ZstdCompressor(write_checksum=True).compress(content)


def test_recordings(tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="interp")
    recorder = Recorder(machine)
    machine.press("coin")
    machine.run(3)
    good = tmp_path / "good"
    recorder.save(good)
    data = good.read_bytes()
    header, body = container.unpack("recording", data, 1 << 24)
    machine.save_state(tmp_path / "state")
    events = {**header, "events": [[0, "press", "lid", "1"]]}
    for content, said in (
        (b"", "not a recording file"),
        (data[:99], "damaged"),
        ((tmp_path / "state").read_bytes(), "not a recording file"),
        (container.pack("recording", events, body), "no input 'lid'"),
        (
            container.pack("recording", {**header, "frames": "many"}, body),
            "no state, length or end",
        ),
    ):
        path = tmp_path / "wrong"
        path.write_bytes(content)
        message = refused("run", "invaders", "--playback", path)
        assert str(path) in message
        assert said in message
    path.write_bytes(container.pack("recording", {**header, "end": "0" * 64}, body))
    code, _, err = emu("run", "invaders", "--playback", path)
    assert (code, "NOT as recorded" in err) == (1, True)


def test_roms(tmp_path: Path) -> None:
    empty, large, text = tmp_path / "empty", tmp_path / "large", tmp_path / "not.zip"
    empty.write_bytes(b"")
    large.write_bytes(bytes(0x4001))
    text.write_bytes(b"PK\x03\x04 is how it begins")
    with zipfile.ZipFile(other := tmp_path / "other.zip", "w") as archive:
        archive.writestr("invaders.h", bytes(0x800))
    with zipfile.ZipFile(bomb := tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("invaders.h", bytes(200 << 20))
    for path, said in (
        (tmp_path / "none", "no such file"),
        (empty, "empty; it should be a program"),
        (large, "larger than 16,384 bytes"),
        (text, "a damaged or unknown zip"),
        (other, "invaders.h (2,048 bytes, CRC 734f5ad8) is bad: 2,048 bytes"),
        (bomb, "invaders.h (2,048 bytes, CRC 734f5ad8) is missing"),
    ):
        message = refused("run", "invaders", path, "--frames", 1)
        assert f"{path}: " in message
        assert said in message


def test_a_state_is_no_program(tmp_path: Path) -> None:
    """It would run as one, on a board that takes any bytes."""
    path = tmp_path / "a.state"
    machines.load("invaders", engine="interp").save_state(path)
    for command in ("run", "play"):
        said = refused(command, "invaders", path, "--frames", 1)
        assert f"{path}: no program, but a saved state or a recording" in said


@pytest.mark.parametrize("bad", ["cpu.pc", "raster.due", "sound.made", "machine.frame"])
def test_the_running_state_is_untouched(tmp_path: Path, bad: str) -> None:
    """A state that is a file without fault, but of no machine."""
    machine = machines.load("invaders", engine="interp")
    machine.run(5)
    other = machine.clone()
    other.press("coin")
    other.run(5)
    other.arena[bad][...] = -7 if bad != "cpu.pc" else other.arena[bad]
    if bad == "cpu.pc":
        other.arena["cpu.cy"][...] = 9
    path = tmp_path / "state"
    path.write_bytes(container.pack("state", snapshot.describe(other), snapshot.contents(other)))
    before = machine.state_sha256()
    with pytest.raises(machines.MachineError, match="damaged state"):
        machine.load_state(path)
    assert machine.state_sha256() == before
    untouched = machines.load("invaders", engine="interp")
    untouched.run(10)
    machine.run(5)
    assert machine.state_sha256() == untouched.state_sha256()
