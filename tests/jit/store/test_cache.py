"""Objects on disk: what names them, only whole ones are used, processes share them."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from background import settle
from places import SUPPORT
from rich_isa import Body, Rich, random_body, rich, rich_machine

from emucore.cpus.i8080 import i8080
from emucore.machine import Machine
from jit.interpreter import engine
from jit.interpreter.engine import Interpreter
from jit.llvm.native import threaded
from jit.store import cache

NAME, OTHER, THIRD, FOURTH = (hashlib.sha256(bytes([i])).hexdigest() for i in range(4))
WAY = "threaded" if threaded() else "looped"


@pytest.fixture(autouse=True)
def kernel() -> bytes | None:
    """The kernel and the test's devices are loaded: the kernel's object, if there is a cache."""
    rich_machine(rich([lambda cpu: None]), 0).use("interp")
    settle()  # or a file of that machine's may come later
    return cache.load(cache.key("kernel"))


@pytest.fixture(autouse=True)
def folder(kernel: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything else goes into an empty folder."""
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


# -- names ----------------------------------------------------------------------------------------


@pytest.fixture
def fresh_keys() -> Iterator[None]:
    """What keys remember of the environment is forgotten before and after."""
    memories = (cache._environment, cache.sources)
    for memory in memories:
        memory.cache_clear()
    yield
    for memory in memories:
        memory.cache_clear()


def test_a_key_is_of_all_its_parts() -> None:
    keys = [cache.key(), cache.key("a"), cache.key("a", "b"), cache.key("a\nb"), cache.key("ab")]
    assert len(set(keys)) == len(keys)
    assert cache.key("a", 2) == cache.key("a", 2)


@pytest.mark.usefixtures("fresh_keys")
@pytest.mark.parametrize("what", ["host", "version", "sources"])
def test_a_key_depends_on_the_environment(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.key("a")
    cache._environment.cache_clear()
    if what == "host":
        monkeypatch.setattr(cache, "host", lambda: ("x86_64", "another-cpu", ""))
    elif what == "version":
        monkeypatch.setattr("jit.store.cache.metadata.version", lambda name: "0.0")
    else:
        monkeypatch.setattr(cache, "sources", lambda *packages: "others")
    assert cache.key("a") != before


@pytest.mark.usefixtures("fresh_keys")
def test_sources_are_names_and_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_package"
    (package / "inner").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))

    def now() -> str:
        cache.sources.cache_clear()
        return cache.sources("some_package")

    seen = []
    for change in (
        lambda: (package / "__init__.py").write_text(""),
        lambda: (package / "inner" / "a.py").write_text("A = 1"),
        lambda: (package / "inner" / "a.py").write_text("A = 2"),
        lambda: (package / "inner" / "a.py").rename(package / "b.py"),
    ):
        change()
        seen.append(now())
    assert len(set(seen)) == len(seen)
    (package / "notes.txt").write_text("no source")
    assert now() == seen[-1]


def keys(*bodies: Body, way: str = WAY) -> set[str]:
    interpreter = Interpreter(rich(list(bodies)), way)
    interpreter.wait()
    return {interpreter._key(0), interpreter._key(2)}


def test_an_interpreter_s_key_depends_on_opt_description_and_way() -> None:
    """Two descriptions of one name are not taken for each other; two equal ones are the same."""
    first, second = keys(random_body(1)), keys(random_body(2))
    assert len(first | second) == 4
    assert keys(random_body(1)) == first
    assert WAY == "looped" or not keys(random_body(1), way="looped") & first


def test_our_own_descriptions_need_no_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their sources are in every key already: a warm start does not trace them."""
    monkeypatch.delenv("EMUCORE_CACHE")  # the user's cache has it, or may have it
    Interpreter(i8080, WAY).wait()
    monkeypatch.setattr("jit.interpreter.module.module", lambda *a, **k: pytest.fail("traced"))
    assert Interpreter(i8080, WAY).opt == 2


# -- files ----------------------------------------------------------------------------------------


def whole(name: str) -> Path:
    return cache.folder() / f"{name}.o"


def test_what_is_stored_is_loaded(folder: Path) -> None:
    assert cache.load(NAME) is None
    cache.store(NAME, b"object")
    cache.store(OTHER, b"")
    assert (cache.load(NAME), cache.load(OTHER)) == (b"object", b"")
    assert sorted(p.name for p in folder.iterdir()) == sorted([f"{NAME}.o", f"{OTHER}.o"])


def test_the_folder_is_the_environment_s_or_the_platform_s(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cache.folder() == folder
    monkeypatch.delenv("EMUCORE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache.folder().is_relative_to(tmp_path)
    assert "emucore" in cache.folder().parts[-1]


def test_damaged_files_are_ignored_and_replaced() -> None:
    """Cut short anywhere, any bit turned over, or something else altogether."""
    image = bytes(range(8))
    cache.store(NAME, image)
    good = whole(NAME).read_bytes()
    damaged = [good[:n] for n in range(len(good))]
    damaged += [good + b"\0", b"\x7fELF" + bytes(1000), bytes(len(good))]
    for bit in range(8 * len(good)):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    for data in damaged:
        whole(NAME).write_bytes(data)
        assert cache.load(NAME) is None
    cache.store(NAME, image)
    assert cache.load(NAME) == image


def test_an_interpreter_heals_its_file() -> None:
    isa = rich([random_body(3)])
    first = Interpreter(isa, WAY)
    first.wait()
    path = whole(first._key(2))
    good = path.read_bytes()
    path.write_bytes(good[:-100])
    whole(first._key(0)).unlink()
    again = Interpreter(isa, WAY)
    again.wait()
    assert set(again.compiled) == {0, 2}
    assert cache.load(first._key(2)) is not None
    assert not Interpreter(isa, WAY).compiled


def test_an_impossible_folder_only_costs_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everywhere, so: a folder below a file."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path / "file" / "cache"))
    cache.store(NAME, b"object")
    assert cache.load(NAME) is None
    machine = rich_machine(rich([random_body(4)]), 1)
    machine.use("interp")
    machine.run_until(100)
    assert machine.time >= 100


def test_a_folder_in_a_file_s_place_is_no_object(folder: Path) -> None:
    (folder / f"{NAME}.o").mkdir(parents=True)
    cache.store(NAME, b"object")
    assert cache.load(NAME) is None
    assert [p.name for p in folder.iterdir()] == [f"{NAME}.o"]  # nothing is left behind


def aged(name: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(whole(name), (then, then))


def test_the_least_recently_used_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT", 3500)
    for age, name in ((30, NAME), (20, OTHER), (10, THIRD)):
        cache.store(name, bytes(1000))
        aged(name, age)
    assert cache.load(NAME) is not None  # used: it is the newest now
    cache.store(FOURTH, bytes(1000))
    left = [name for name in (NAME, OTHER, THIRD, FOURTH) if whole(name).exists()]
    assert left == [NAME, THIRD, FOURTH]


def test_only_our_own_files_are_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's stay, and do not count."""
    folder.mkdir()
    strangers = [folder / "main.o", folder / "notes.tmp", folder / "big"]
    for path in strangers:
        path.write_bytes(bytes(5000))
    monkeypatch.setattr(cache, "LIMIT", 12_000)
    cache.store(THIRD, bytes(1000))
    assert all(path.exists() for path in strangers)
    assert cache.load(THIRD) is not None


def test_the_folder_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the first store of a process and whenever a part of the limit has come together; so it
    never holds more than the limit."""
    looked = []
    trim = cache._trim
    monkeypatch.setattr(cache, "_trim", lambda root: (looked.append(held()), trim(root)))
    monkeypatch.setattr(cache, "LIMIT", 64_000)

    def held() -> int:
        return sum(path.stat().st_size for path in cache.folder().iterdir())

    most = 0
    for i in range(400):
        cache.store(f"{i:064x}", bytes(460))
        most = max(most, held())
    assert len(looked) == 1 + 399 // 8  # eight files of 500 bytes are a sixteenth
    assert 60_000 < most <= 64_000
    assert whole(f"{399:064x}").exists()
    assert not whole(f"{0:064x}").exists()


# -- processes ------------------------------------------------------------------------------------

RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from rich_isa import random_body, rich, rich_machine
import jit
isa = rich([random_body(100 + i) for i in range(8)])
machine = rich_machine(isa, 7)
machine.use("interp")
machine.run_until(400)
machine.engine.wait()
machine.run_until(800)
print(machine.state_sha256())
"""

WRITE = """
import hashlib, itertools, sys
from jit.store import cache
print("ready", flush=True)
for i in itertools.count():
    name = hashlib.sha256(bytes([i % 3])).hexdigest()
    cache.store(name, name.encode() * 20_000 + bytes([i % 251]) * 1000)
"""


def process(program: str, *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *args]
    paths = os.pathsep.join(sys.path)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
    )


def expected_state() -> str:
    isa = rich([random_body(100 + i) for i in range(8)])
    machine: Machine = rich_machine(isa, 7)
    machine.use("reference")
    machine.run_until(800)
    return machine.state_sha256()


def test_processes_that_start_at_once(folder: Path, kernel: bytes | None) -> None:
    """All compile, and write, the same objects; all come to the reference's state."""
    if kernel is not None:  # it takes seconds: they may have that
        cache.store(cache.key("kernel"), kernel)
    processes = [process(RUN, str(SUPPORT)) for _ in range(3)]
    states = {p.communicate(timeout=120)[0].strip() for p in processes}
    assert [p.returncode for p in processes] == [0, 0, 0]
    assert states == {expected_state()}
    left = [path for path in folder.iterdir() if path.suffix == ".tmp"]
    assert left == []
    assert engine._kernel() is not None


def test_processes_killed_while_they_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever they die, each object is whole or not there, and the folder stays of use."""
    moments = [0.0, 0.001, 0.003, 0.01, 0.02]
    for moment in moments:
        writer = process(WRITE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        while moment and not list(folder.glob("*.o")):
            time.sleep(0.001)
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        assert writer.wait(timeout=30) == -signal.SIGKILL
        writer.stdout.close()
        for name in (NAME, OTHER, THIRD):
            image = cache.load(name)
            if image is not None:
                assert image.startswith(name.encode() * 20_000)
                assert len(image) == 64 * 20_000 + 1000
                assert len(set(image[-1000:])) == 1
            elif whole(name).exists():
                pytest.fail("a file appeared before it was whole")
    assert any(cache.load(name) for name in (NAME, OTHER, THIRD))
    monkeypatch.setattr(cache, "_swept", set())  # as in a process that begins
    cache.store(FOURTH, b"object")
    assert cache.load(FOURTH) == b"object"
    assert not list(folder.glob("*.tmp"))


def test_hot_registers_in_the_test_s_cpu() -> None:
    """More than are carried in host registers, so that both ways are compiled above."""
    assert sum(getattr(r, "hot", False) for r in Rich.registers.values()) > 8
