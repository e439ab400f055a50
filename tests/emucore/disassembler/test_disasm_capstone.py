"""Disassembly against capstone, where it knows the CPU: the same up to spelling."""

from __future__ import annotations

import random
import re

import capstone

from emucore.assembler import assemble
from emucore.assembler.choices import units_to_bytes
from emucore.cpus import isa
from emucore.disassembler import decode_one
from emucore.isa import Names

ADDRESS = 0x4000


def test_6502() -> None:
    machine = isa("6502")
    mode = capstone.CS_MODE_LITTLE_ENDIAN | capstone.CS_MODE_MOS65XX_6502
    theirs = capstone.Cs(capstone.CS_ARCH_MOS65XX, mode)
    known = 0
    for opcode in range(256):
        for operand in ("1234", "1200", "f2ff", "ff80"):
            data = bytes([opcode]) + bytes.fromhex(operand)
            found = next(theirs.disasm(data, ADDRESS), None)
            if found is None:
                break  # capstone knows the documented opcodes only
            line = decode_one(machine, data, ADDRESS)
            text = f"{found.mnemonic} {found.op_str}".strip()
            text = text.replace("0x", "$").replace(", ", ",")
            if opcode == 0x00:
                # the byte that BRK skips: to capstone an operand, here none
                assert line.text == "brk"
                assert text == f"brk ${operand[:2]}"
                continue
            assert line.text.replace("word ", "") == text  # capstone tells widths by digits alone
            assert len(line.data) == found.size
        else:
            known += 1
    assert known == 151


#: Instructions whose last operand capstone prints as a distance, and the assembler as a target.
BRANCHES = re.compile(r"(j|jal|b\w+) (.*, )?(-?\w+)")

#: CSRs for anyone's use; capstone also has names for those of extensions that are not here.
CUSTOM_CSRS = (0x7C0, 0x800, 0xFFF)

#: How capstone prints fence without any of its bits.
NOTHING = ("unknown", "0")


def test_rv32() -> None:
    """What capstone prints, in pseudo-instructions where it can, assembles to the same word."""
    machine = isa("rv32")
    theirs = capstone.Cs(capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32)
    rng = random.Random("capstone")
    names = machine.operand("csr")
    assert isinstance(names, Names)
    csrs = [number for number, name in enumerate(names.names) if name] + list(CUSTOM_CSRS)
    spellings = set()
    for variant in machine.variants():
        for _ in range(60):
            fields = {
                f.name: rng.choice((0, 1, (1 << f.width) - 1, rng.getrandbits(f.width)))
                & sum((1 << p.size) - 1 << p.field_lo for p in f.pieces)
                for f in variant.encoding.fields
            }
            if "csr" in fields:
                fields["csr"] = rng.choice(csrs)
            data = units_to_bytes(machine, variant.encoding.encode(fields))
            found = next(theirs.disasm(data, ADDRESS << 16), None)
            assert found is not None, decode_one(machine, data, ADDRESS << 16).text
            text = f"{found.mnemonic} {found.op_str}".strip().replace(*NOTHING)
            if branch := BRANCHES.fullmatch(text):
                text = f"{branch[1]} {branch[2] or ''}$+({branch[3]})"
            program = assemble(machine, f" {text}", origin=ADDRESS << 16)
            assert program.image() == data, (
                f"{text} is {decode_one(machine, data, ADDRESS << 16).text}"
            )
            spellings.add(found.mnemonic)
    assert len(spellings) > len(machine.instructions)  # pseudo-instructions came up as well
