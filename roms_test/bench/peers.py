"""Other emulators on the same kernels, as black boxes: PyPI's ``z80`` and ``py65``, and MAME.

Each is judged by the answer it leaves in memory, as our engines are.  One that is not installed is
skipped, by name.
"""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from roms_test.bench.measure import Clock, Period, Subject, WrongAnswer
from roms_test.kernels import Bench

#: The peer of each CPU: a package, and its class.
PACKAGES = {
    "8080": ("z80", "z80", "I8080Machine"),
    "z80": ("z80", "z80", "Z80Machine"),
    "6502": ("py65", "py65.devices.mpu6502", "MPU"),
}

#: Ticks that PyPI's z80 can count in one go.
MOST_TICKS = 1 << 30

#: Emulated seconds that MAME runs.
MAME_SECONDS = 60


class Absent(Exception):
    """A peer that is not here; the text says what is missing."""


def peer_subject(cpu: str, name: str, period: Period, clock: Clock = time.perf_counter) -> Subject:
    """Kernel *name* on the peer for *cpu*; :class:`Absent`."""
    if cpu not in PACKAGES:
        raise Absent(f"no peer is known for {cpu}")
    package, module, attribute = PACKAGES[cpu]
    try:
        machine = getattr(importlib.import_module(module), attribute)()
    except ImportError:
        raise Absent(f"{package} is not installed (pip install {package})") from None
    label = f"{package} {metadata.version(package)}"
    if package == "py65":
        return _py65(label, machine, Bench(cpu, name), period.instructions, clock)
    return _z80(label, machine, Bench(cpu, name), clock)


def _z80(label: str, machine: Any, bench: Bench, clock: Clock) -> Subject:
    """PyPI's z80.  It runs for a number of ticks; its 8080 has its own idea of some cycles."""
    symbols = bench.program.symbols
    for segment in bench.program.segments:
        machine.set_memory_block(segment.address, segment.data)
    machine.pc = symbols["start"]

    def go(ticks: int) -> int:
        """Run so many ticks, or to a breakpoint; the ticks left."""
        machine.ticks_to_stop = ticks
        while not machine.run() & (machine._BREAKPOINT_HIT | machine._TICKS_LIMIT_HIT):
            pass  # the end of one of its frames
        return int(machine.ticks_to_stop)

    def reach(address: int) -> int:
        """Run to *address*; the ticks it took.  It never leaves a breakpoint it stands on."""
        machine.set_breakpoint(address)
        ticks = MOST_TICKS - go(MOST_TICKS)
        machine.clear_breakpoint(address)
        return ticks

    back = symbols["result"] - 3  # the jump to the next round
    reach(symbols["round"])
    cycles = reach(back) + reach(symbols["round"])
    if machine.pc != symbols["round"] or not cycles:
        raise WrongAnswer(f"{label} does not come round")

    def run(rounds: int) -> float:
        began = clock()
        for first in range(0, rounds, MOST_TICKS // cycles):
            go(min(rounds - first, MOST_TICKS // cycles) * cycles)
        took = clock() - began
        _check(label, bench, machine.memory)
        if machine.pc != symbols["round"]:
            raise WrongAnswer(f"{label} is not at the beginning of a round")
        return took

    return Subject(label, run)


def _py65(label: str, machine: Any, bench: Bench, instructions: int, clock: Clock) -> Subject:
    """py65: Python, an instruction at a time."""
    symbols = bench.program.symbols
    for segment in bench.program.segments:
        for i, byte in enumerate(segment.data):
            machine.memory[segment.address + i] = byte
    machine.pc = symbols["start"]
    while machine.pc != symbols["round"]:
        machine.step()

    def run(rounds: int) -> float:
        step = machine.step
        began = clock()
        for _ in range(rounds * instructions):
            step()
        took = clock() - began
        _check(label, bench, machine.memory)
        return took

    return Subject(label, run)


def _check(label: str, bench: Bench, memory: Any) -> None:
    at = bench.program.symbols["result"]
    result = int.from_bytes(bytes(memory[at : at + 4]), "little")
    if result != bench.kernel.answer(bench.size):
        raise WrongAnswer(f"{label} finds {result:#x} on {bench.kernel.name}")


def mame_speed(rom: bytes) -> float:
    """Times real time of MAME with our game in the sockets of its ``invaders``; :class:`Absent`.

    It complains that the ROMs are not those it knows, and runs them.
    """
    mame = shutil.which("mame") or shutil.which("mame", path="/usr/games")  # Debian
    if mame is None:
        raise Absent("mame is not installed")
    with tempfile.TemporaryDirectory() as folder:
        roms = Path(folder) / "invaders"
        roms.mkdir()
        for i, letter in enumerate("hgfe"):
            (roms / f"invaders.{letter}").write_bytes(rom[i * 0x800 : (i + 1) * 0x800])
        command = [mame, "invaders", "-rompath", folder, "-bench", str(MAME_SECONDS)]
        command += ["-homepath", folder, "-cfg_directory", folder, "-nvram_directory", folder]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
            )
        except subprocess.TimeoutExpired:
            raise Absent("mame did not finish in ten minutes") from None
    found = re.search(r"Average speed: ([\d.]+)%", done.stdout + done.stderr)
    if found is None:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["nothing was printed"]
        raise Absent(f"mame ran no benchmark: {last[0]}")
    return float(found[1]) / 100
