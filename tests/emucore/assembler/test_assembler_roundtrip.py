"""Assembler after disassembler is the identity, over every encoding of every CPU."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emucore.assembler import assemble
from emucore.assembler.choices import units_to_bytes
from emucore.cpus import CPUS, isa
from emucore.disassembler import decode_one, listing
from emucore.isa import Isa, Names, Variant

ADDRESS = 0x4000
SAMPLES = 6


def field_values(machine: Isa, name: str, width: int, rng: random.Random) -> list[int]:
    """Extremes and a few random values of a field; every name of one that has names."""
    operand = machine.operand(name)
    top = (1 << width) - 1
    values = {0, 1, top >> 1, (top >> 1) + 1, top - 1, top}
    values |= {rng.randint(0, top) for _ in range(SAMPLES)}
    if isinstance(operand, Names) and width <= 5:
        values |= set(range(top + 1))
    return sorted(values)


def encodings(machine: Isa, variant: Variant) -> Iterator[bytes]:
    """Encodings of *variant*: each plain field through its values, the others at random."""
    rng = random.Random(repr(variant))
    plain = [f for f in variant.encoding.fields if not f.static]
    stored = {f.name: sum((1 << p.size) - 1 << p.field_lo for p in f.pieces) for f in plain}
    seen = set()
    for f in plain or [None]:
        for value in field_values(machine, f.name, f.width, rng) if f else [0]:
            fields = dict(variant.fields)
            for g in plain:
                fields[g.name] = rng.randint(0, (1 << g.width) - 1) & stored[g.name]
            if f is not None:
                fields[f.name] = value & stored[f.name]
            seen.add(units_to_bytes(machine, variant.encoding.encode(fields)))
    yield from sorted(seen)


@pytest.mark.parametrize("name", CPUS)
def test_identity(name: str) -> None:
    machine = isa(name)
    cases = [
        (variant, data) for variant in machine.variants() for data in encodings(machine, variant)
    ]
    assert len(cases) > 200
    for variant, data in cases:
        line = decode_one(machine, data, ADDRESS)
        assert line.data == data, f"{data.hex()} is cut: {line.text}"
        assert line.variant is not None, f"{data.hex()} is not decoded"
        assert line.variant.instruction is variant.instruction
        assert line.variant.fields == variant.fields
        assembled = assemble(machine, f" {line.text}", origin=ADDRESS).image()
        assert assembled == data, f"{line.text}: {assembled.hex()} instead of {data.hex()}"


@pytest.mark.parametrize("name", CPUS)
def test_a_listing_assembles_to_the_same_bytes(name: str) -> None:
    machine = isa(name)
    data = random.Random(name).randbytes(4096)
    data = data[: len(data) - len(data) % (machine.unit // 8)]
    text = "\n".join(f" {line.text}" for line in listing(machine, data, ADDRESS))
    again = assemble(machine, text, origin=ADDRESS).image()
    for line in listing(machine, data, ADDRESS):
        at = line.address - ADDRESS
        assert again[at : at + len(line.data)] == line.data, line.text


def test_bits_that_mean_nothing_are_not_lost() -> None:
    """RISC-V's fence ignores what the manual reserves; a line says so, as one instruction."""
    rv32 = isa("rv32")
    data = bytes.fromhex("0f003083 0f003003 0f0ff00f 0f0a37f9 0f10f0ff")
    lines = list(listing(rv32, data))
    assert [len(line.data) for line in lines] == [4] * 5
    assert all(line.variant is not None for line in lines)
    assert lines[1].text == "fence rw,rw"
    assert assemble(rv32, "\n".join(f" {line.text}" for line in lines)).image() == data


@pytest.mark.parametrize("name", CPUS)
@settings(deadline=None)
@given(data=st.binary(min_size=1, max_size=40), address=st.integers(0, 0xFFFF))
def test_any_bytes_are_a_listing_of_them(name: str, data: bytes, address: int) -> None:
    rows = list(listing(isa(name), data, address))
    assert b"".join(row.data for row in rows) == data
    assert all(row.text for row in rows)
