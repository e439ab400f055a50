"""What the assembler does with each CPU's own syntax: forms, widths, pseudo-instructions."""

from __future__ import annotations

import pytest

from emucore.assembler import AsmError, assemble
from emucore.cpus import isa
from emucore.disassembler import disassemble


def image(cpu: str, source: str, origin: int = 0) -> str:
    return assemble(isa(cpu), source, origin=origin).image().hex()


def mistake(cpu: str, source: str) -> str:
    with pytest.raises(AsmError) as caught:
        assemble(isa(cpu), source)
    return str(caught.value.reports[0])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (" lda $12", "a512"),
        (" lda word $12", "ad1200"),
        (" lda byte $12", "a512"),
        (" lda $1234", "ad3412"),
        (" lda ($12),y", "b112"),
        (" lda ($12,x)", "a112"),
        (" lda ($12),Y+0", None),
        (" lda #<later+1\nlater = $12ff", "a900"),
        (" lda later\nlater = $12", "a512"),
        (" lda ($10+2)*2", "a524"),
        (" lda ($12)", None),
        (" jmp ($1234)", "6c3412"),
        (" asl a", "0a"),
        (" asl", "0a"),
        (" asl $12", "0612"),
        ("here: bne here", "d0fe"),
        ("back: blt back\n bge back", "90feb0fc"),
        (" lda word 1,x", "bd0100"),
        (" stx word 1,y", None),
    ],
)
def test_6502(source: str, expected: str | None) -> None:
    if expected is None:
        mistake("6502", source)
    else:
        assert image("6502", source) == expected


def test_the_disassembler_asks_for_a_width_only_where_needed() -> None:
    machine = isa("6502")
    assert disassemble(machine, bytes.fromhex("ad1200"))[0] == "lda word $0012"
    assert disassemble(machine, bytes.fromhex("ad1201"))[0] == "lda $0112"
    assert disassemble(machine, bytes.fromhex("b91200"))[0] == "lda $0012,y"
    assert disassemble(machine, bytes.fromhex("4c1200"))[0] == "jmp $0012"


def test_sizes_settle_upwards() -> None:
    # the label is on page zero only while both loads are short
    source = " org $fc\n lda end_\n lda end_\nend_: rts"
    assert image("6502", source) == "ad0201ad020160"


def test_a_condition_may_change_while_sizes_settle() -> None:
    source = " org $fe\n lda far\nhere:\n if here < $101\n lda word 1\n endif\n rts\nfar:"
    assert image("6502", source) == "ad020160"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (" LD A,(IX-5)", "dd7efb"),
        (" ld (iy+2),0ffh", "fd3602ff"),
        (" ld a,(ix)", "dd7e00"),
        (" ld a,(ix+1+2)", "dd7e03"),
        (" ld a,(5)", "3a0500"),
        (" ld a,(5)+1", "3e06"),
        (" ld b,(5)", None),
        (" ld hl,(5)", "2a0500"),
        (" *ed.ld hl,(5)", "ed6b0500"),
        (" ex af,af'", "08"),
        (" rst $38", "ff"),
        (" rst 7", None),
        (" jp (hl)", "e9"),
        (" jp c,5", "da0500"),
        (" jr $", "18fe"),
        (" in a,(c)\n in a,(5)", "ed78db05"),
        (" bit 7,(ix+1)", "ddcb017e"),
        (" bit 8,a", None),
        (" rlc (ix+1),b", "ddcb0100"),
        (" sub a,b\n add b\n and a,5", "9080e605"),
        (" jp hl", "e9"),
        (" ld a,(ix+128)", None),
        (" db \"a'b\", 'c'", "61276263"),
    ],
)
def test_z80(source: str, expected: str | None) -> None:
    if expected is None:
        mistake("z80", source)
    else:
        assert image("z80", source) == expected


def words(text: str) -> str:
    """Instruction words as bytes in memory."""
    return "".join(bytes.fromhex(word)[::-1].hex() for word in text.split())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (" li a0,-1", "fff00513"),
        (" li a0,0xffffffff", "fff00513"),
        (" li a0,0x12345000", "12345537"),
        (" li a0,0x12345fff", "12346537 fff50513"),
        (" la a0,x\nx = 0x800", "00001537 80050513"),
        (" li a0,1 << 32", None),
        (" lw a0,(a1)\n lw x10,-4(fp)", "0005a503 ffc42503"),
        (" mv a0,a1\n not a0,a1\n neg a0,a1\n ret", "00058513 fff5c513 40b00533 00008067"),
        ("x: j x\n bgt a0,a1,x\n beqz a0,x", "0000006f fea5cee3 fe050ce3"),
        (" csrr a0,mstatus\n csrw 0x7c0,a0", "30002573 7c051073"),
        (" rdcycle a0  # a comment", "c0002573"),
        (" call 0x100", "100000ef"),
        (" call 0x12345678", "123450b7 678080e7"),
        (" fence\n fence rw,w", "0ff0000f 0310000f"),
        (" .word 0x12345678", "12345678"),
        (" beq a0,a1,0x2000", None),
        (" beq a0,a1,3", None),
        (" addi a0,a0,0xfff", None),
        (" slli a0,a0,-1", None),
    ],
)
def test_rv32(source: str, expected: str | None) -> None:
    if expected is None:
        mistake("rv32", source)
    else:
        assert image("rv32", source) == words(expected)


def test_relative_targets_out_of_range_are_told() -> None:
    assert mistake("z80", " jr 82h").endswith(
        "text:1:5: target 0x82 is 128 bytes away, out of range (-128 to 127)"
    )
    assert image("z80", " jr 81h") == "187f"
    assert image("z80", " jr 0ffffh") == "18fd"  # round the end of the address space


def test_bytes_that_are_no_instruction() -> None:
    assert disassemble(isa("z80"), b"\xcd\x01") == ("db $cd", 1)  # cut off
    assert disassemble(isa("rv32"), bytes(4)) == ("db 0x0,0x0,0x0,0x0", 4)
    assert disassemble(isa("rv32"), b"\x13") == ("db 0x13", 1)
