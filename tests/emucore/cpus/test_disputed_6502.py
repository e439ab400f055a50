"""Vectors of the 6502 that the chip contradicts are mended, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from roms_test.harness.disputed_6502 import mended


def shx(address: int, byte: int) -> dict[str, Any]:
    """SHX $12F0,Y with X FF and Y 20 at 0400, which is said to store *byte* at *address*."""
    before = [[0x400, 0x9E], [0x401, 0xF0], [0x402, 0x12], [0x1210, 0xAA]]
    cycles = [[at, data, "read"] for at, data in before]
    return {
        "initial": {"x": 0xFF, "y": 0x20, "ram": before},
        "final": {"x": 0xFF, "y": 0x20, "ram": [*before, [address, byte]]},
        "cycles": [*cycles, [address, byte, "write"]],
    }


def test_the_page_behind_the_next_is_mended() -> None:
    vector = mended(shx(0x1410, 0x14))
    right = shx(0x1310, 0x13)
    assert vector["cycles"] == right["cycles"]
    assert dict(vector["final"]["ram"]) == dict(right["final"]["ram"])


@pytest.mark.parametrize(("address", "byte"), [(0x1310, 0x13), (0x1310, 0x14), (0x1510, 0x15)])
def test_any_other_store_stands(address: int, byte: int) -> None:
    vector = shx(address, byte)
    assert mended(vector) == vector


def test_a_store_within_its_page_stands() -> None:
    vector = shx(0x1310, 0x14)
    vector["initial"]["y"] = 0x0F
    assert mended(vector) == vector


@pytest.mark.parametrize(
    ("opcode", "x", "dummies", "lacks"),
    [
        (0x0C, 0xFF, [], [0x12F0]),
        (0x1C, 0x0F, [0x12FF], []),
        (0x1C, 0x20, [0x1210], [0x1310]),
        (0x1C, 0x20, [0x1210, 0x1310], []),
    ],
)
def test_a_long_nop_gets_the_read_that_it_lacks(
    opcode: int, x: int, dummies: list[int], lacks: list[int]
) -> None:
    program = [[0x400, opcode], [0x401, 0xF0], [0x402, 0x12]]
    ram = dict([*program, [0x12F0, 0x55], [0x12FF, 0x55], [0x1210, 0x55], [0x1310, 0x66]])
    accesses = [*program, *[[at, ram[at]] for at in dummies]]
    cycles = [[at, data, "read"] for at, data in accesses]
    vector = {"initial": {"x": x, "ram": list(ram.items())}, "cycles": cycles}
    assert mended(vector)["cycles"] == [*cycles, *[[at, ram[at], "read"] for at in lacks]]
