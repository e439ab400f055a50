"""Datasheets: times and flags read off the micro-ops against manuals and the reference engine."""

from __future__ import annotations

import json
import random
import re

import pytest
from rich.console import Console

from emucore.assembler import assemble
from emucore.assembler.choices import units_to_bytes
from emucore.body.registers import Registers
from emucore.cpus import CPUS, isa
from emucore.datasheet import Row, datasheet, durations, markdown, prefix_paths, terminal
from emucore.ir.ops import Access, walk
from emucore.isa import Isa, Variant
from emucore.language.registers import Reg, RegFile
from emucore.plan.cpu_layout import size
from emucore.reference.evaluate import Reference


def rows(cpu: str) -> dict[str, Row]:
    return {row.syntax: row for row in datasheet(isa(cpu)).instructions}


@pytest.mark.parametrize(
    ("cpu", "syntax", "length", "cycles", "flags"),
    [
        # Intel 8080 User's Manual, chapter 4; flags S Z AC P CY
        ("8080", "mov {d},{s}", 1, (5, 7), "-----"),
        ("8080", "c{cond} {nn}", 3, (11, 17), "-----"),
        ("8080", "r{cond}", 1, (5, 11), "-----"),
        ("8080", "xthl", 1, (18,), "-----"),
        ("8080", "ana {r}", 1, (4, 7), "****0"),
        ("8080", "stc", 1, (4,), "----1"),
        ("8080", "inr {r}", 1, (5, 10), "****-"),
        # Z80 CPU User Manual; flags S Z Y H X P/V N C
        ("z80", "ld{form}", 2, (16, 21), "--*0**0-"),
        ("z80", "djnz {e}", 2, (8, 13), "--------"),
        ("z80", "inc (ix+{d})", 3, (23,), "******0-"),
        ("z80", "rlc (ix+{d})", 4, (23,), "***0**0*"),
        ("z80", "ex (sp),hl", 1, (19,), "--------"),
        ("z80", "scf", 1, (4,), "--*0*-01"),
        # MOS MCS6500 Programming Manual, appendix B; flags N V D I Z C
        ("6502", "lda {nn},x", 3, (4, 5), "*---*-"),
        ("6502", "sta {nn},x", 3, (5,), "------"),
        ("6502", "inc {nn},x", 3, (7,), "*---*-"),
        ("6502", "b{cond} {rel}", 2, (2, 3, 4), "------"),
        ("6502", "sec", 1, (2,), "-----1"),
        ("rv32", "lw {rd},{imm}({rs1})", 4, (1,), ""),
    ],
)
def test_rows_are_the_manuals(
    cpu: str, syntax: str, length: int, cycles: tuple[int, ...], flags: str
) -> None:
    row = rows(cpu)[syntax]
    assert (row.length, row.cycles, row.flags) == (length, cycles, flags)


class Memory:
    """Random memory without wait states; what is read and why."""

    def __init__(self, code: bytes, address: int, rng: random.Random) -> None:
        self.code = code
        self.address = address
        self.rng = rng

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        at = address - self.address
        if 0 <= at < len(self.code):
            return int.from_bytes(self.code[at : at + width // 8], "little"), clock
        return self.rng.getrandbits(width), clock

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        return clock


def encode(machine: Isa, variant: Variant, rng: random.Random) -> bytes:
    fields = {f.name: rng.getrandbits(f.width) for f in variant.encoding.fields if not f.static}
    for f in variant.encoding.fields:
        if not f.static:
            fields[f.name] &= sum((1 << p.size) - 1 << p.field_lo for p in f.pieces)
    return units_to_bytes(machine, variant.encoding.encode(fields | variant.fields))


@pytest.mark.parametrize("name", CPUS)
def test_the_reference_engine_takes_one_of_the_times(name: str) -> None:
    machine = isa(name)
    rng = random.Random(name)
    buffer = memoryview(bytearray(size(machine.cpu)))
    registers = Registers(machine.cpu, buffer, 0)
    address = 0x4000
    variants = list(machine.variants())
    for variant in rng.sample(variants, min(len(variants), 300)):
        times = durations(machine, variant)
        assert times, variant
        for _ in range(2):
            registers.reset()
            for reg in machine.cpu.registers.values():
                if isinstance(reg, Reg) and not reg.internal:
                    registers[reg.name] = rng.getrandbits(reg.width)
                elif isinstance(reg, RegFile):
                    for member in reg.names:
                        registers[member] = rng.getrandbits(reg.width)
            registers[machine.pc.name] = address
            memory = Memory(encode(machine, variant, rng), address, rng)
            Reference(machine, registers, memory).step()
            assert registers["clock"] in times, variant


#: BRK fetches the byte behind it like an operand, but assemblers leave that to the programmer.
UNWRITTEN = {("6502", "brk"): 1}


@pytest.mark.parametrize("name", [name for name in CPUS if isa(name).unit == 8])
def test_instructions_fetch_the_units_that_their_encoding_has(name: str) -> None:
    machine = isa(name)
    for variant in machine.variants():
        fetches = [machine.trace_fetch(path) for path in prefix_paths(machine, variant)]
        kinds = [
            op.imm.kind
            for code in (*fetches, machine.trace(variant))
            for op in walk(code)
            if op.name == "read" and isinstance(op.imm, Access)
        ]
        # DD CB d op of the Z80 reads both its operand and its last opcode as operands
        units = kinds.count("fetch") + kinds.count("operand")
        unwritten = UNWRITTEN.get((name, variant.instruction.syntax), 0)
        assert units == variant.encoding.length + unwritten, variant


@pytest.mark.parametrize("name", CPUS)
def test_every_form_has_everything(name: str) -> None:
    sheet = datasheet(isa(name))
    assert json.loads(json.dumps(sheet.as_json()))["name"] == name
    text = markdown(sheet)
    console = Console(width=240, record=True, quiet=True)
    with console.capture():
        console.print(terminal(sheet))
    for row in sheet.instructions:
        assert f"| {row.syntax}".replace("*", "\\*") in text
    assert all(len(grid.entries) == 256 for grid in sheet.grids)
    assert bool(sheet.grids) == (isa(name).unit == 8)


def test_the_opcode_map_reads_as_source() -> None:
    """An entry without operands assembles to its opcode."""
    machine = isa("z80")
    tried = 0
    for grid in datasheet(machine).grids:
        for opcode, entry in enumerate(grid.entries):
            if entry.startswith("→") or re.search(r"\b(n|nn|d|e)\b(?!')", entry.split(" ", 1)[-1]):
                continue
            made = assemble(machine, f" {entry}").image()
            assert made == bytes([*grid.prefix, opcode]), entry
            tried += 1
    assert tried > 500
