"""Whose the cache is: only this user's own objects are used, whatever else lies there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_cache import NAME, OTHER, process

from emucore.cpus.i8080 import i8080
from jit.llvm.native import compile_ir
from jit.regions.memory_map import MemoryMap
from jit.store import cache, private
from jit.tiers.translation_store import TranslationStore

pytestmark = pytest.mark.skipif(not private.OWNED, reason="files have no owners here")

root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root makes another user's files"
)
STRANGER = 12345


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and settings of the test's own, as a process finds them that has just begun."""
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("EMUCORE_CONFIG", str(tmp_path / "config"))
    begin_anew(monkeypatch)
    return tmp_path / "cache"


def begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had just begun."""
    for name, value in (("_said", False), ("_secrets", {}), ("_swept", set()), ("_stored", {})):
        monkeypatch.setattr(cache, name, value)
    monkeypatch.setattr(private, "_known", {})


def is_used() -> bool:
    """Whether what is stored is loaded."""
    cache.store(NAME, b"object")
    return cache.load(NAME) == b"object"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said, a line at most."""
    text = capsys.readouterr().err
    assert text.count("\n") <= 1
    return text


# -- who may write --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o707, 0o1777])
def test_a_folder_that_others_may_write_is_not_used(
    mode: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir()
    folder.chmod(mode)
    assert not is_used()
    assert not cache.is_writable()
    assert list(folder.iterdir()) == []
    line = said(capsys)
    assert line.startswith(f"emu: warning: no cache of compiled code: others may write to {folder}")
    assert "seconds" in line
    cache.store(OTHER, b"object")
    assert said(capsys) == ""  # it is said once
    folder.chmod(0o755)
    assert is_used()


@pytest.mark.parametrize("where", ["parent", "grandparent", "behind a link"])
def test_nor_one_that_others_may_replace(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = tmp_path / "outer" / "inner"
    (inner / "cache").mkdir(parents=True)
    path = inner / "cache"
    if where == "behind a link":
        path = tmp_path / "link"
        path.symlink_to("outer/inner/cache")
    monkeypatch.setenv("EMUCORE_CACHE", str(path))
    (inner if where == "parent" else tmp_path / "outer").chmod(0o777)
    assert not is_used()
    assert f"others may write to {tmp_path / 'outer'}" in said(capsys)
    (inner if where == "parent" else tmp_path / "outer").chmod(0o1777)  # as /tmp is
    assert is_used()


def test_a_link_of_the_user_s_own_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path / "link" / ".." / "link" / "cache"))
    assert is_used()
    assert (tmp_path / "elsewhere" / "cache" / f"{NAME}.o").exists()


@root_only
@pytest.mark.parametrize("what", ["folder", "parent", "link", "file", "settings"])
def test_what_belongs_to_another_user_is_not_used(
    what: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "file":
        assert is_used()
        os.chown(folder / f"{NAME}.o", STRANGER, STRANGER)
        assert cache.load(NAME) is None
        assert is_used()  # it is replaced
        return
    theirs = tmp_path / "theirs"
    (theirs / "mine").mkdir(parents=True)
    named = {"folder": theirs, "parent": theirs / "mine", "link": tmp_path / "link"}
    (tmp_path / "link").symlink_to(tmp_path)
    os.chown(tmp_path / "link" if what == "link" else theirs, STRANGER, 0, follow_symlinks=False)
    monkeypatch.setenv("EMUCORE_CACHE", str(named.get(what, folder)))
    if what == "settings":
        monkeypatch.setenv("EMUCORE_CONFIG", str(theirs))
    assert not is_used()


@pytest.mark.parametrize("mode", [0o666, 0o660, 0o602])
def test_a_file_that_others_may_write_is_not_used(mode: int, folder: Path) -> None:
    assert is_used()
    (folder / f"{NAME}.o").chmod(mode)
    assert cache.load(NAME) is None
    assert is_used()


def test_a_link_is_no_object(folder: Path) -> None:
    assert is_used()
    (folder / f"{NAME}.o").rename(folder / "real")
    (folder / f"{NAME}.o").symlink_to("real")
    assert cache.load(NAME) is None
    assert is_used()
    assert (folder / "real").exists()


# -- the keyed check ------------------------------------------------------------------------------


def planted(folder: Path, image: bytes, magic: bytes, check: bytes) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{NAME}.o"
    path.write_bytes(magic + check + image)
    path.chmod(0o600)


@pytest.mark.parametrize("magic", [b"emucore1", b"emucore2"])
def test_who_does_not_know_the_secret_plants_nothing(magic: bytes, folder: Path) -> None:
    image = compile_ir("define i64 @kernel_run() {\n  ret i64 0\n}", 0)
    for check in (hashlib.sha256(image), hashlib.sha256(NAME.encode() + image)):
        planted(folder, image, magic, check.digest())
        assert cache.load(NAME) is None
    assert is_used()


def test_an_object_of_one_name_is_none_of_another(folder: Path) -> None:
    assert is_used()
    (folder / f"{NAME}.o").rename(folder / f"{OTHER}.o")
    assert cache.load(OTHER) is None


def test_the_secret_is_made_once_and_is_the_user_s_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_used()
    [secret] = (tmp_path / "config").iterdir()
    assert secret.stat().st_mode & 0o777 == 0o600
    assert len(set(secret.read_bytes())) > 8
    before = secret.read_bytes()
    begin_anew(monkeypatch)
    assert cache.load(NAME) == b"object"
    assert secret.read_bytes() == before


@pytest.mark.parametrize("flaw", ["readable", "empty", "short", "long", "zeros", "pipe", "link"])
def test_a_secret_that_is_none_is_made_anew(
    flaw: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_used()
    secret = tmp_path / "config" / "cache.key"
    old = secret.read_bytes()
    flaws: dict[str, Callable[[], object]] = {
        "readable": lambda: secret.chmod(0o644),
        "empty": lambda: secret.write_bytes(b""),
        "short": lambda: secret.write_bytes(old[:-1]),
        "long": lambda: secret.write_bytes(old + b"x"),
        "zeros": lambda: secret.write_bytes(bytes(32)),
        "pipe": lambda: (secret.unlink(), os.mkfifo(secret, 0o600)),
        "link": lambda: (secret.rename(tmp_path / "real"), secret.symlink_to(tmp_path / "real")),
    }
    flaws[flaw]()
    begin_anew(monkeypatch)
    assert cache.load(NAME) is None
    if flaw == "link":  # whoever made it wanted it there
        assert not is_used()
        return
    assert is_used()
    new = secret.read_bytes()
    assert len(new) == 32
    assert new != old
    assert secret.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["cache", "config"])
def test_where_there_can_be_no_folder_it_is_said(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file\n").write_text("in the way")
    monkeypatch.setenv(f"EMUCORE_{place.upper()}", str(tmp_path / "file\n" / "below"))
    assert not is_used()
    assert "file\\n/below" in said(capsys)
    assert not cache.is_writable()


def test_a_full_disk_is_said_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def replace(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(private.Folder, "replace", replace)
        assert not is_used()
    assert f"No space left on device: {folder}" in said(capsys)
    assert list(folder.iterdir()) == []
    assert is_used()


# -- whatever lies there --------------------------------------------------------------------------


def test_what_is_no_file_is_met_without_waiting(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    path = folder / f"{NAME}.o"
    os.mkfifo(path, 0o600)
    assert cache.load(NAME) is None
    assert is_used()
    path.unlink()
    with path.open("wb") as file:  # gigabytes, of which there are none
        file.truncate(8 << 30)
    path.chmod(0o600)
    assert cache.load(NAME) is None
    assert is_used()
    path.unlink()
    path.mkdir()
    assert not is_used()


def a_version(**changes: Any) -> dict[str, Any]:
    fields = {"program": [[0, "00"]], "starts": [0], "targets": [], "devices": [], "entries": [0]}
    return {**fields, "limit": 100, "full": False, "quick": True, **changes}


VERSIONS: list[Any] = [
    None, [], "x", 7, {}, *(a_version(**change) for change in (
        {"program": None}, {"program": {"0": "00"}}, {"program": [[0]]}, {"program": [[0, "0"]]},
        {"program": [[-1, "00"]]}, {"program": [[1 << 70, "00"]]}, {"program": [["0", "00"]]},
        {"program": [[0.5, "00"]]}, {"starts": [-1]}, {"starts": [1e300]}, {"starts": "0"},
        {"starts": [True]}, {"entries": [1 << 16]}, {"entries": [-3]}, {"targets": [[0]]},
        {"devices": {"0": 0}}, {"limit": -1}, {"limit": 1 << 80}, {"limit": None},
        {"starts": list(range(100_000))},
    )),
]  # fmt: skip

INDEXES: list[bytes] = [
    b"", b"\xff\xfe", b"null", b"[]", b"{}", b"7", b'"x"', b"[" * 200_000, b'{"a":' * 100_000,
    b'{"versions": 7, "after": []}', b'{"versions": [], "after": {}}', b"9" * 10_000,
    b'{"versions": [], "after": [NaN, Infinity, -1, 1e9, 99999999]}',
    json.dumps({"versions": [a_version()] * 10_000, "after": list(range(65_536))}).encode(),
    *(json.dumps({"versions": [each], "after": []}).encode() for each in VERSIONS),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(INDEXES)))
def test_an_index_may_be_anything(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one with the right check."""
    shelf = TranslationStore(i8080, MemoryMap(()))
    real = cache.load
    monkeypatch.setattr(cache, "load", lambda name: real(name) or b"image")
    cache.store(shelf._name(0), INDEXES[number])
    found = shelf.find(0, lambda address, width: 0)
    if found is not None:  # one of those versions is good
        assert found.outline.entries == {0}
    assert all(0 <= pc < 1 << 16 for pc in TranslationStore(i8080, MemoryMap(())).trail(0))


# -- killed ---------------------------------------------------------------------------------------

WRITE = """
import itertools, sys
from jit.store import cache
print("ready", flush=True)
for i in itertools.count():
    cache.store(f"{i % 3:064x}", bytes([i % 251]) * 300_000)
"""


@contextlib.contextmanager
def writing() -> Iterator[subprocess.Popen[str]]:
    """A process that stores objects all the time; it is killed in the end."""
    writer = process(WRITE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    try:
        yield writer
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=30)
        writer.stdout.close()


def parts(folder: Path) -> list[Path]:
    return list(folder.glob("*.tmp"))


def test_what_a_killed_process_left_goes_at_the_next_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the first look, though it looks for one object only; and not what another still writes."""
    with writing():
        for _ in range(2):
            with writing():
                time.sleep(0.01)
        (folder / f"{NAME}.old_style.tmp").write_bytes(b"of a version that locked nothing")
        os.mkfifo(folder / f"{NAME}.pipe.tmp")
        begin_anew(monkeypatch)
        cache.load(NAME)
        assert len(parts(folder)) <= 1  # the one's that is alive
        time.sleep(0.05)
        for name in range(3):
            image = cache.load(f"{name:064x}")
            assert image is None or (len(image) == 300_000 and len(set(image)) == 1)
    begin_anew(monkeypatch)
    cache.load(NAME)
    assert parts(folder) == []


def test_where_files_cannot_be_locked_age_decides(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(cache, "lock", lambda descriptor, wait: None)
    old, new = folder / f"{NAME}.a.tmp", folder / f"{NAME}.b.tmp"
    for path in (old, new):
        path.write_bytes(b"part")
    os.utime(old, (time.time() - 4000,) * 2)
    assert is_used()
    assert parts(folder) == [new]


def test_a_sweeper_between_two_steps_of_a_writer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the file for left behind: the writer writes another."""
    real = private.Folder.replace
    swept: list[str] = []

    def replace(here: private.Folder, name: str, new_name: str) -> None:
        if not swept:
            swept.append(name)
            here.remove(name)
        real(here, name, new_name)

    monkeypatch.setattr(private.Folder, "replace", replace)
    assert is_used()
    assert len(swept) == 1


def test_a_start_without_a_cache_says_so_and_runs() -> None:
    """The command, as a user has it."""
    environment = {**os.environ, "EMUCORE_CACHE": "/proc/none"}
    code = (
        "import jit.store.cache as c, sys; c.load('0' * 64); c.store('0' * 64, b'x'); "
        "c.store('1' * 64, b'x'); print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "went on\n"
    assert done.stderr.count("\n") == 1
    assert "/proc/none" in done.stderr
