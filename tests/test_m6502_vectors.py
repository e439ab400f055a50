"""single-step/6502 on the reference engine: registers, memory and every bus cycle in order.

By default a fixed tenth of the cases of each opcode; ``-m long`` runs them all.
"""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from m6502_rig import Rig

REGISTERS = ("pc", "s", "a", "x", "y", "p")


@lru_cache
def make_rig() -> Rig:
    """One for all cases: its instructions are traced once."""
    return Rig()


def check(suites: Path, opcode: int, step: int) -> None:
    path = suites / "single-step" / "6502" / f"{opcode:02x}.json.gz"
    cases: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
    assert cases
    rig = make_rig()
    for case in cases[::step]:
        initial, final, cycles = case["initial"], case["final"], case["cycles"]
        rig.reset({name: initial[name] for name in REGISTERS}, dict(initial["ram"]))
        rig.run(len(cycles))
        seen = {name: rig.registers[name] for name in REGISTERS}
        seen["ram"] = [[at, rig.memory[at]] for at, _ in final["ram"]]
        assert seen == final, case["name"]
        log = [[at, byte, "write" if writing else "read"] for _, at, byte, writing, _ in rig.log]
        assert log == cycles, case["name"]
        assert [clock for clock, *_ in rig.log] == list(range(len(cycles))), case["name"]
        assert rig.registers["clock"] == len(cycles), case["name"]


@pytest.mark.parametrize("opcode", range(256), ids=lambda opcode: f"{opcode:02x}")
def test_tenth(suites: Path, opcode: int) -> None:
    check(suites, opcode, 10)


@pytest.mark.long
@pytest.mark.parametrize("opcode", range(256), ids=lambda opcode: f"{opcode:02x}")
def test_all(suites: Path, opcode: int) -> None:
    check(suites, opcode, 1)
