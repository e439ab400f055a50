"""Files are written whole or not at all, and to what they were meant for."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from emucore.base.files import replacing, write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and pipes are POSIX's")


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.write("not bytes")  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"


@posix
def test_files_are_written_as_their_owner_would_have_them(tmp_path: Path) -> None:
    """The umask decides on a new one, an old one keeps its mode, and a link stays a link."""
    target, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to("file")
    before = os.umask(0o027)
    try:
        write_atomically(link, b"new")
        assert target.stat().st_mode & 0o777 == 0o640
        target.chmod(0o604)
        write_atomically(link, b"newer")
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert target.read_bytes() == b"newer"
    assert target.stat().st_mode & 0o777 == 0o604
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


@posix
def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    """A superuser's ``--screenshot /dev/null`` leaves the device what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"picture")
    assert os.read(read, 100) == b"picture"
    os.close(read)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"")
    assert os.listdir(tmp_path) == ["pipe"]


def test_what_cannot_be_written_is_named_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(path, b"")
    assert caught.value.filename == str(path)


WRITE = """
import sys, time
from pathlib import Path
from emucore.base.files import replacing
with replacing(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("ready", flush=True)
    time.sleep(100)
"""


@posix
def test_what_a_killed_process_left_goes_with_the_next_file(tmp_path: Path) -> None:
    """And not what another still writes."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, path], stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    assert len(os.listdir(tmp_path)) == 3
    for writer, others in zip(writers, (1, 0), strict=True):
        writer.kill()
        writer.communicate()
        assert path.read_bytes() == (b"old" if others else b"new")
        write_atomically(path, b"new")
        assert len(os.listdir(tmp_path)) == 1 + others
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this host has no device that is full")
def test_a_device_that_is_full_is_named() -> None:
    with pytest.raises(OSError, match="'/dev/full'"):
        write_atomically("/dev/full", b"x")
