"""The Z80 against the single-step vectors: registers, memory and every bus access at its cycle.

By default every tenth case; all 80,200 with ``-m long``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from z80_bench import Bench

#: How a vector marks the cycle of an access.
PINS = {
    "fetch": "r-m-",
    "operand": "r-m-",
    "read": "r-m-",
    "write": "-wm-",
    "in": "r--i",
    "out": "-w-i",
}
REGISTERS = (
    *("pc", "sp", "a", "b", "c", "d", "e", "f", "h", "l", "i", "r", "wz", "ix", "iy"),
    *("af_", "bc_", "de_", "hl_", "im", "iff1", "iff2", "ei", "p"),
)


def run_vector(bench: Bench, case: dict[str, Any]) -> str | None:
    """What is wrong after the *case*, or None."""
    before, after, cycles = case["initial"], case["final"], case["cycles"]
    bench.set(clock=0, halted=0, prefix=0, q=int(before["q"] != 0))
    bench.set(**{name: before[name] for name in REGISTERS})
    for address, byte in before["ram"]:
        bench.memory[address] = byte
    ports = case.get("ports", [])
    inputs = iter([port[:2] for port in ports if port[2] == "r"])
    bench.ports = lambda address: dict([next(inputs)])[address]
    bench.events.clear()
    bench.step()
    got: dict[str, Any] = {name: bench[name] for name in REGISTERS}
    got["q"] = bench["f"] if bench["q"] else 0
    got["ram"] = [[address, bench.memory[address]] for address, _ in after["ram"]]
    got["ports"] = [
        [e.address, e.value, e.kind[0].replace("i", "r").replace("o", "w")]
        for e in bench.events
        if e.kind in ("in", "out")
    ]
    got["bus"] = [
        [e.clock, e.address, e.value if PINS[e.kind][1] == "w" else None, PINS[e.kind]]
        for e in bench.events
    ]
    got["states"] = bench["clock"]
    bus = [[t, *cycle] for t, cycle in enumerate(cycles) if cycle[2] != "----"]
    wanted = {**after, "ports": ports, "bus": bus, "states": len(cycles)}
    wrong = [f"{key} {got[key]} not {wanted[key]}" for key in got if got[key] != wanted[key]]
    return f"{case['name']}: {', '.join(wrong)}" if wrong else None


def failures(suites: Path, take: slice) -> Iterator[str]:
    """Run *take* of the cases of every file; what is wrong."""
    files = sorted((suites / "single-step" / "z80").glob("*.json.gz"))
    assert len(files) == 1604
    bench = Bench()
    for file in files:
        for case in json.loads(gzip.decompress(file.read_bytes()))[take]:
            wrong = run_vector(bench, case)
            if wrong:
                yield wrong


def test_every_tenth_vector(suites: Path) -> None:
    assert list(failures(suites, slice(0, None, 10))) == []


@pytest.mark.long
def test_all_vectors(suites: Path) -> None:
    assert list(failures(suites, slice(None))) == []
