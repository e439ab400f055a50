"""The kernels in C: right answers, and the whole state the same in every engine."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import jit.tiers.engine
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine
from machines.host.cli import main
from roms_test.bench import c_kernels, peers
from roms_test.kernels.c import C_KERNELS, HERE, CBench

ALL = pytest.mark.parametrize("name", C_KERNELS)

#: Enough to pass most branches, little enough for the reference.
FEW = {"sieve": 30, "crc32": 3, "quicksort": 20, "matmul": 3, "strings": 4, "bytecode": 3}


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """The JIT translates where it is told to, and little needs to happen to be hot."""
    monkeypatch.setattr("jit.llvm.dispatch_table.HOT", 16)
    monkeypatch.setattr("jit.interpreter.engine._interpreters", {})
    monkeypatch.setattr(jit.tiers.engine.worker, "ask", lambda job: None)


def test_answers() -> None:
    """Known ones: published, or worked out by hand."""
    assert C_KERNELS["sieve"].answer(1000) == 168
    assert C_KERNELS["fibonacci"].answer(10) == 55
    assert C_KERNELS["bytecode"].answer(6) == 0 + 1 + 7 + 2 + 5 + 8
    assert C_KERNELS["sha256"].answer(0) == 0xE3B0C442
    # the first two numbers of Numerical Recipes' ranqd1
    assert C_KERNELS["quicksort"].answer(2) == (31 * 0x3C6EF35F + 0x47502932) % 2**32


@ALL
def test_interp(name: str) -> None:
    """Each answer, of several sizes, and at the benchmark's."""
    for size in (1, 2, 13, C_KERNELS[name].size):
        board = CBench(name, size)
        board.machine.use("interp")
        once = board.run(1)
        assert board.right, f"{name} of {size} gives {board.result:#x}"
        each = board.run(2) - once
        assert board.run(5) == once + 4 * each, "repeats are alike"


@ALL
def test_reference(name: str) -> None:
    benches = [CBench(name, FEW.get(name, 2)) for _ in range(2)]
    for each, engine in zip(benches, ("reference", "interp"), strict=True):
        each.machine.use(engine)
        each.run(2)
        assert each.right
    assert benches[0].machine.state_sha256() == benches[1].machine.state_sha256()


@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
@pytest.mark.usefixtures("eager")
@ALL
def test_jit(name: str) -> None:
    """Stopped anywhere, the JIT has the interpreter's state."""
    steady, jitted = CBench(name), CBench(name)
    steady.machine.use("interp")
    engine = jitted.machine.use("jit")
    assert isinstance(engine, JitEngine)
    whole = steady.run(1)
    jitted.run(1)
    engine.translate_hot()
    rng = random.Random(name)
    for _ in range(3):
        steady.begin(1)
        jitted.begin(1)
        on = True
        while on:
            end = steady.machine.time + rng.randrange(1, whole // 3)
            on = steady.machine.run_until(end)
            assert jitted.machine.run_until(end) == on
            assert jitted.machine.state_sha256() == steady.machine.state_sha256()
        assert jitted.right
    assert engine.counts["translated"] + engine.counts["from_disk"] > 0


def test_elves_are_of_these_sources(tmp_path: Path) -> None:
    """Made again, where there is the compiler that made them, they are the same."""
    compiler = shutil.which("riscv64-unknown-elf-gcc")
    recipe = (HERE / "Makefile").read_text()
    version = next(line for line in recipe.splitlines() if line.startswith("# Made by"))
    if compiler is None or shutil.which("make") is None:
        pytest.skip("no riscv64-unknown-elf-gcc or no make")
    asked = subprocess.run([compiler, "-dumpfullversion"], capture_output=True, text=True)
    if asked.stdout.strip() not in version:
        pytest.skip(f"another compiler: {asked.stdout.strip()}")
    copy = tmp_path / "c"
    shutil.copytree(HERE, copy)
    shutil.rmtree(copy / "elf")
    (copy / "elf").mkdir()
    subprocess.run(["make", "-C", str(copy)], check=True, capture_output=True)
    for path in sorted((HERE / "elf").iterdir()):
        assert (copy / "elf" / path.name).read_bytes() == path.read_bytes(), path.name


def bench(file: Path, *more: str) -> dict[str, Any]:
    """What ``emu bench`` measures of one kernel: rates by subject."""
    arguments = ["bench", "c/crc32", "--engines", "interp", "--cpu-time", "--json", str(file)]
    assert main([*arguments, "--seconds", "0.01", "--repeats", "1", *more]) == 0
    (kernel,) = json.loads(file.read_text())["kernels"]
    assert kernel["round"]["cycles"] == kernel["round"]["instructions"] > 70_000
    rates: dict[str, Any] = kernel["instructions_per_second"]
    return rates


def test_peers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is here finds the answer, or it would not be measured; what is absent is named."""
    rates = bench(tmp_path / "b.json", "--peers")
    printed = capsys.readouterr().out
    for peer, program in (("qemu-riscv32", "qemu-riscv32"), ("native", "gcc")):
        here = shutil.which(program) is not None
        assert (peer in rates) == here
        assert (f"skipped: {peer}" in printed) == (not here)


@pytest.mark.long
@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
def test_new_processes(tmp_path: Path) -> None:
    assert {"jit cold", "jit again"} <= bench(tmp_path / "b.json", "--cold").keys()


def test_absent_peers_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(peers.Absent, match="qemu-riscv32 is not installed"):
        c_kernels.c_qemu("crc32", tmp_path)
    with pytest.raises(peers.Absent, match="no C compiler"):
        c_kernels.c_native("crc32", tmp_path)


def test_wrong_answers_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = c_kernels.c_engine("interp", "crc32")
    assert subject.run(1) > 0
    monkeypatch.setattr(CBench, "right", False)
    with pytest.raises(c_kernels.WrongAnswer, match="c/crc32 on interp"):
        subject.run(1)
