"""Single-step vectors: one instruction a case, with every access to the bus and its cycle.

Z80: SingleStepTests/z80.  A row of ``cycles`` is [address, data, pins] a T state, pins being "rwmi"
(read, write, memory, I/O) while active; the data of a read is on the bus in the row behind it.
6502: Tom Harte's ProcessorTests.  A row is [address, data, "read" or "write"] a cycle.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emucore.base.files import opened, read_stream
from roms_test.harness import disputed_6502
from roms_test.harness.case import IN, OUT, READ, WRITE, Access, Case

#: Bytes that a file of vectors has at most, unpacked.
MOST = 1 << 26

_Json = dict[str, Any]


def load(path: Path, cpu: str) -> list[Case]:
    """The cases of a file, for the CPU "z80" or "6502"."""
    with opened(path) as packed, gzip.open(packed) as file:
        vectors = json.loads(read_stream(file, str(path), MOST))
    return [READERS[cpu](vector) for vector in vectors]


def _memory(state: _Json) -> list[tuple[int, int]]:
    return [(address, byte) for address, byte in state["ram"]]


def _registers(state: _Json) -> dict[str, int]:
    return {name: value for name, value in state.items() if name != "ram"}


def read_6502(vector: _Json) -> Case:
    """A 6502 vector as a case, mended where the chip contradicts it."""
    vector = disputed_6502.mended(vector)
    cycles = vector["cycles"]
    return Case(
        name=vector["name"],
        registers=_registers(vector["initial"]),
        memory=_memory(vector["initial"]),
        cycles=len(cycles),
        clock=len(cycles),
        after=_registers(vector["final"]),
        memory_after=_memory(vector["final"]),
        accesses=[
            [i, READ if kind == "read" else WRITE, address, data]
            for i, (address, data, kind) in enumerate(cycles)
        ],
    )


_PINS = {"r-m-": READ, "-wm-": WRITE, "r--i": IN, "-w-i": OUT}


def read_z80(vector: _Json) -> Case:
    """A Z80 vector as a case.

    The vectors' ``q`` is F if the instruction computed flags, else 0; ours is one bit.  Where F
    itself is 0 the two cannot be told apart, and then they act the same.
    """
    cycles = vector["cycles"]
    before, after = _registers(vector["initial"]), _registers(vector["final"])
    before["q"] = int(before["q"] != 0)
    q = after.pop("q")
    if after["f"] != 0:
        after["q"] = int(q != 0)
    accesses: list[Access] = []
    for i, (address, data, pins) in enumerate(cycles):
        what = _PINS.get(pins)
        if what is not None:
            accesses.append([i, what, address, cycles[i + 1][1] if data is None else data])
    return Case(
        name=vector["name"],
        registers=before,
        memory=_memory(vector["initial"]),
        cycles=len(cycles),
        clock=len(cycles),
        after=after,
        memory_after=_memory(vector["final"]),
        accesses=accesses,
        answers=[data for _, data, way in vector.get("ports", ()) if way == "r"],
    )


READERS: dict[str, Callable[[_Json], Case]] = {"z80": read_z80, "6502": read_6502}
