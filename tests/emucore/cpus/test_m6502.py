"""The 6502 as a description: its opcode map, spellings, variants; and the language it made grow."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from m6502_rig import Rig

from emucore.cpus.m6502 import M6502, m6502
from emucore.ir.ops import walk
from emucore.isa import Isa, Variant
from emucore.isa.decode import decoder
from emucore.isa.encoding import EncodingError, grid
from emucore.language.block import Block
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Reg


class Chip2A03(M6502):
    """A variant: no decimal mode."""

    DECIMAL: ClassVar[int] = 0


def run(isa: Isa, code: bytes, **registers: int) -> Rig:
    """One instruction at 0x0400."""
    rig = Rig(isa)
    rig.reset({"pc": 0x0400, **registers}, dict(enumerate(code, 0x0400)))
    rig.run(1)
    return rig


def test_every_opcode_has_one_instruction_and_one_spelling() -> None:
    root = decoder(m6502)[()]
    found = [root.find(opcode) for opcode in range(256)]
    variants = [v for v in found if isinstance(v, Variant)]
    assert len(variants) == 256
    spellings = {(v.instruction.syntax, *v.fields.items()) for v in variants}
    assert len(spellings) == 256


@pytest.mark.parametrize(
    ("opcode", "syntax"),
    [
        *[(0xEA, "nop"), (0x1A, "nop.1a"), (0x80, "nop #{n}"), (0xE2, "nop.e2 #{n}")],
        *[(0xEB, "sbc.eb #{n}"), (0xE9, "sbc #{n}"), (0x02, "jam"), (0xF2, "jam.f2")],
        *[(0x0A, "asl a"), (0x6C, "jmp ({nn})"), (0xB6, "ldx {zp},y"), (0x91, "sta ({zp}),y")],
    ],
)
def test_spelling(opcode: int, syntax: str) -> None:
    variant = decoder(m6502)[()].find(opcode)
    assert isinstance(variant, Variant)
    assert variant.instruction.syntax == syntax


def test_p_has_a_bit_that_is_always_one_and_one_that_is_none() -> None:
    registers = Rig().registers
    registers["p"] = 0xFF
    assert registers["p"] == 0xEF
    registers["p"] = 0x00
    assert registers["p"] == 0x20


def test_a_variant_without_decimal_mode() -> None:
    chip = replace(m6502, name="2A03", cpu=Chip2A03)
    for isa, sum_ in ((m6502, 0x10), (chip, 0x0A)):
        assert run(isa, b"\x69\x01", a=0x09, p=0x08).registers["a"] == sum_
    for isa, difference in ((m6502, 0x09), (chip, 0x0F)):
        assert run(isa, b"\xe9\x01", a=0x10, p=0x09).registers["a"] == difference


@pytest.mark.parametrize(
    ("code", "x", "reads"),
    [
        (b"\x0c\x34\x12", 0x00, [0x1234]),
        (b"\x1c\x34\x12", 0x01, [0x1235]),
        (b"\x1c\x34\x12", 0xFF, [0x1233, 0x1333]),
    ],
)
def test_long_nops_read(code: bytes, x: int, reads: list[int]) -> None:
    """As nestest.log shows at CYC 14602 and 14686, and against the vectors."""
    rig = run(m6502, code, x=x)
    assert rig.registers["clock"] == 3 + len(reads)
    assert [c.address for c in rig.log[3:]] == reads


@pytest.mark.parametrize(
    ("code", "registers", "unfixed", "address", "byte"),
    [
        (b"\x9e\x80\x12", {"x": 0xFF, "y": 0x01}, 0x1281, 0x1281, 0x13),  # SHX
        (b"\x9e\x80\x12", {"x": 0x2F, "y": 0xFF}, 0x127F, 0x037F, 0x03),  # across the page
        (b"\x9c\x80\xff", {"y": 0x7F, "x": 0x80}, 0xFF00, 0x0000, 0x00),  # SHY: ff + 1 is 0
        (b"\x9f\x01\x40", {"a": 0xF1, "x": 0x0F, "y": 0xFF}, 0x4000, 0x0100, 0x01),  # SHA
        (b"\x9b\x01\x40", {"a": 0xC1, "x": 0x4F, "y": 0xFF}, 0x4000, 0x4100, 0x41),  # TAS
        (b"\x93\x20", {"a": 0x13, "x": 0x11, "y": 0x80}, 0x0F00, 0x1000, 0x10),  # SHA (zp),y
    ],
)
def test_unstable_stores_and_pages(
    code: bytes, registers: dict[str, int], unfixed: int, address: int, byte: int
) -> None:
    """The byte is ANDed with the base's page + 1, and is the high byte of an address that crosses
    a page."""
    rig = Rig()
    memory = {0x20: 0x80, 0x21: 0x0F, **dict(enumerate(code, 0x0400))}
    rig.reset({"pc": 0x0400, **registers}, memory)
    rig.run(1)
    assert [(c.address, c.writing) for c in rig.log[-2:]] == [(unfixed, False), (address, True)]
    assert rig.memory[address] == byte


def test_nestest(suites: Path) -> None:
    """Every instruction of kevtris' nestest, the undocumented too, with registers and cycles.

    Its log was verified on hardware; it is the second source where vectors are in doubt.
    """
    folder = suites / "nes"
    if not folder.is_dir():
        pytest.skip("no suite nes")
    rig = Rig(replace(m6502, name="2A03", cpu=Chip2A03))
    program = (folder / "nestest.nes").read_bytes()[16 : 16 + 0x4000]
    rig.load(0x8000, program)
    rig.load(0xC000, program)
    state = {"pc": 0xC000, "s": 0xFD, "p": 0x24}
    for name, value in {**state, "clock": 7, "reset": NEVER}.items():
        rig.registers[name] = value
    form = re.compile(r"(....) .* A:(..) X:(..) Y:(..) P:(..) SP:(..) .*CYC:(\d+)")
    lines = (folder / "nestest.log").read_text().splitlines()
    assert len(lines) == 8991
    for number, line in enumerate(lines, 1):
        found = form.match(line)
        assert found is not None
        *values, cycle = found.groups()
        wanted = [*(int(value, 16) for value in values), int(cycle)]
        registers = [rig.registers[name] for name in ("pc", "a", "x", "y", "p", "s", "clock")]
        assert registers == wanted, f"line {number}: {line}"
        rig.engine.step()


# -- the language ------------------------------------------------------------------------------


def test_grid() -> None:
    assert list(grid("61 adc izx   65 adc zpg\n 0a asl a", 2)) == [
        (0x61, ("adc", "izx")),
        (0x65, ("adc", "zpg")),
        (0x0A, ("asl", "a")),
    ]
    assert list(grid("", 2)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("61 adc izx 65 adc", "'adc' ends a grid of 3 columns too early"),
        ("xx adc izx", "'xx' is no opcode"),
        ("61 adc izx 61 ora izx", "opcode 61 twice"),
    ],
)
def test_grid_refuses(text: str, message: str) -> None:
    with pytest.raises(EncodingError, match=message):
        list(grid(text, 2))


class Tiny(Cpu):
    a = Reg(8)
    d = Reg(1)


@pytest.mark.parametrize("rare", [False, True])
def test_only_rare_arithmetic_stays_behind_a_branch(rare: bool) -> None:
    cpu = Tiny(Block(Tiny.clock))
    with cpu.when(cpu.d, rare=rare):
        cpu.a = cpu.a + 1
    names = [op.name for op in walk(cpu.block.finish())]
    assert ("if" in names, "phi" in names, "select" in names) == (rare, rare, not rare)
