"""What no vector shows: interrupts, HALT, prefixes in a row, R, and how opcodes are spelled."""

from __future__ import annotations

import pytest
from z80_bench import Bench, Event

from emucore.cpus.z80 import Z80, z80
from emucore.isa import Variant
from emucore.isa.decode import decoder
from emucore.language.registers import NEVER

EI, DI, HALT, NOP, SCF = 0xFB, 0xF3, 0x76, 0x00, 0x37


@pytest.fixture
def bench() -> Bench:
    """Interrupts enabled, a stack at 0x8000, I = 0x40, all memory NOP, the byte on the bus FF."""
    bench = Bench()
    bench.set(sp=0x8000, i=0x40, iff1=1, iff2=1, pc=0x100)
    return bench


def asserted(bench: Bench, line: str = "int", clock: int = 0) -> None:
    """Assert a line at *clock*."""
    bench.set(**{line: clock})


# -- maskable interrupts --------------------------------------------------------------------------


def test_mode_1_is_a_restart_in_13_states(bench: Bench) -> None:
    bench.set(im=1)
    asserted(bench)
    assert bench.step() == 13
    assert (bench["pc"], bench["wz"], bench["sp"]) == (0x38, 0x38, 0x7FFE)
    assert (bench["iff1"], bench["iff2"], bench["r"]) == (0, 0, 1)
    assert bench.events == [
        Event(3, "ack", 0, 0xFF),
        Event(8, "write", 0x7FFF, 0x01),
        Event(11, "write", 0x7FFE, 0x00),
    ]
    assert bench.step() == 4  # and is not accepted again


def test_mode_2_goes_through_the_table_in_19_states(bench: Bench) -> None:
    bench.set(im=2)
    bench.hardware = lambda cycle: 0x21  # odd: the chip does not mask bit 0
    bench.load(0x4021, 0x34, 0x12)
    asserted(bench)
    assert bench.step() == 19
    assert (bench["pc"], bench["wz"]) == (0x1234, 0x1234)
    assert [(e.clock, e.kind, e.address) for e in bench.events] == [
        (3, "ack", 0),
        (8, "write", 0x7FFF),
        (11, "write", 0x7FFE),
        (14, "read", 0x4021),
        (17, "read", 0x4022),
    ]


def test_mode_0_executes_what_the_hardware_gives(bench: Bench) -> None:
    bench.hardware = lambda cycle: 0xEF
    asserted(bench)
    assert bench.step() == 13
    assert (bench["pc"], bench["sp"], bench["r"]) == (0x28, 0x7FFE, 1)
    assert (bench.memory[0x7FFE], bench.memory[0x7FFF]) == (0x00, 0x01)


def test_mode_0_takes_the_address_of_call_from_the_hardware(bench: Bench) -> None:
    bench.hardware = lambda cycle: (0xCD, 0x78, 0x56)[cycle]
    asserted(bench)
    assert bench.step() == 19
    assert (bench["pc"], bench["sp"]) == (0x5678, 0x7FFE)
    assert (bench.memory[0x7FFE], bench.memory[0x7FFF]) == (0x00, 0x01)


def test_a_line_is_seen_when_the_instruction_has_ended(bench: Bench) -> None:
    bench.set(im=1)
    asserted(bench, clock=5)
    assert bench.step() == 4
    assert bench["pc"] == 0x101
    bench.step()
    assert bench["pc"] == 0x102
    bench.step()
    assert bench["pc"] == 0x38


def test_no_interrupt_while_disabled(bench: Bench) -> None:
    bench.set(im=1)
    bench.load(0x100, DI)
    bench.step()
    asserted(bench)
    bench.step()
    assert bench["pc"] == 0x102


def test_no_interrupt_directly_behind_ei(bench: Bench) -> None:
    bench.set(im=1, iff1=0, iff2=0)
    bench.load(0x100, EI, EI, NOP, NOP)
    asserted(bench)
    for pc in (0x101, 0x102, 0x103, 0x38):
        bench.step()
        assert bench["pc"] == pc
    assert bench.memory[0x7FFE] == 0x03


@pytest.mark.parametrize("code", [0x57, 0x5F])
@pytest.mark.parametrize("interrupted", [False, True])
def test_ld_a_i_before_an_interrupt_reads_iff2_as_reset(
    bench: Bench, code: int, interrupted: bool
) -> None:
    bench.set(im=1, f=0)
    bench.load(0x100, 0xED, code)
    bench.step()
    assert bench["pf"] == 1
    asserted(bench, clock=9 if interrupted else 10)
    bench.step()
    assert bench["pf"] == (not interrupted)
    assert bench["pc"] == (0x38 if interrupted else 0x103)
    bench.step()  # one instruction later, P/V is safe
    assert bench["pf"] == (not interrupted)


def test_an_interrupt_goes_between_the_repetitions_of_a_block(bench: Bench) -> None:
    bench.set(im=1, bc=3, hl=0x2000, de=0x3000)
    bench.load(0x100, 0xED, 0xB0)
    bench.load(0x38, EI, 0xC9)
    asserted(bench, clock=1)
    assert bench.step() == 21
    bench.step()
    assert (bench["pc"], bench.memory[0x7FFE], bench["bc"]) == (0x38, 0x00, 2)
    asserted(bench, clock=NEVER)
    for _ in range(4):
        bench.step()
    assert (bench["pc"], bench["bc"]) == (0x102, 0)


# -- the other interrupt, and HALT ----------------------------------------------------------------


def test_nmi_takes_11_states_and_keeps_iff2(bench: Bench) -> None:
    asserted(bench)
    asserted(bench, "nmi")
    assert bench.step() == 11
    assert (bench["pc"], bench["iff1"], bench["iff2"], bench["r"]) == (0x66, 0, 1, 1)
    assert (bench.memory[0x7FFE], bench["nmi"]) == (0x00, NEVER)
    assert [(e.clock, e.kind) for e in bench.events] == [(1, "dummy"), (6, "write"), (9, "write")]
    bench.load(0x66, 0xED, 0x45)  # RETN
    bench.step()
    assert (bench["pc"], bench["iff1"]) == (0x100, 1)
    assert bench.step() == 13


def test_nmi_is_not_held_off_by_ei(bench: Bench) -> None:
    bench.load(0x100, EI)
    bench.step()
    asserted(bench, "nmi")
    bench.step()
    assert (bench["pc"], bench["ei"]) == (0x66, 0)


@pytest.mark.parametrize("line", ["int", "nmi"])
def test_halt_executes_nop_until_an_interrupt(bench: Bench, line: str) -> None:
    bench.set(im=1)
    bench.load(0x100, HALT, 0x3C)
    for r in (1, 2, 3):
        assert bench.step() == 4
        assert (bench["pc"], bench["halted"], bench["r"]) == (0x101, 1, r)
    assert [e.address for e in bench.events if e.kind != "out"] == [0x100, 0x101, 0x101]
    assert [(e.address, e.value) for e in bench.events if e.kind == "out"] == [(0, 1)]  # pin HALT
    asserted(bench, line)
    bench.step()
    assert (bench["pc"], bench["halted"]) == ({"int": 0x38, "nmi": 0x66}[line], 0)
    assert bench.memory[0x7FFE] == 0x01


def test_an_interrupt_ends_halt_in_mode_0(bench: Bench) -> None:
    bench.hardware = lambda cycle: NOP
    bench.load(0x100, HALT, 0x3C)
    bench.step()
    asserted(bench)
    assert bench.step() == 6
    assert (bench["pc"], bench["halted"]) == (0x101, 0)


def test_reset_ends_halt_and_leaves_the_registers(bench: Bench) -> None:
    bench.set(im=2, r=0x81, hl=0x1234)
    bench.load(0x100, HALT)
    bench.step()
    asserted(bench, "reset")
    assert bench.step() == 3
    assert [bench[n] for n in ("pc", "i", "r", "iff1", "iff2", "im", "halted")] == [0] * 7
    assert (bench["reset"], bench["hl"], bench["sp"]) == (NEVER, 0x1234, 0x8000)
    bench.step()
    assert bench["pc"] == 1


# -- prefixes in a row ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name", "value", "states"),
    [
        ((0xDD, 0xDD, 0x21, 1, 2), "ix", 0x201, 18),
        ((0xDD, 0xFD, 0x21, 1, 2), "iy", 0x201, 18),
        ((0xFD, 0xDD, 0xFD, 0xDD, 0x21, 1, 2), "ix", 0x201, 26),
        ((0xDD, 0xED, 0x4B, 0, 0), "bc", 0x1234, 24),
        ((0xFD, 0xDD, 0xCB, 2, 0xC8), "b", 0x36, 27),
        ((0xFD, 0xFD, 0xED, 0xFF), "c", 0x5A, 16),
    ],
)
def test_the_last_prefix_counts(
    bench: Bench, code: tuple[int, ...], name: str, value: int, states: int
) -> None:
    bench.set(ix=0xFFFE, im=1, b=0xA5, c=0x5A)
    bench.load(0, 0x34, 0x12)
    bench.load(0x100, *code)
    asserted(bench, clock=1)  # and no interrupt comes between prefix and opcode
    asserted(bench, "nmi", clock=1)
    bench.step()
    while bench["prefix"]:
        bench.step()
    assert (bench[name], bench["clock"]) == (value, states)
    assert bench["pc"] == 0x100 + len(code)
    bench.step()
    assert bench["pc"] == 0x66


def test_a_memory_full_of_prefixes_does_not_hang(bench: Bench) -> None:
    bench.load(0, *[0xDD] * 0x10000)
    assert bench.step() == 8
    for _ in range(20):
        assert bench.step() == 4
    assert (bench["pc"], bench["r"]) == (0x100 + 22, 22)


# -- Q and R --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ((0xB7,), False),  # OR A computes flags
        ((NOP,), True),
        ((0xF1,), True),  # POP AF only loads them
        ((0x08, 0x08), True),
        ((0xB7, HALT), True),
    ],
)
def test_scf_keeps_bits_5_and_3_unless_flags_were_just_computed(
    bench: Bench, before: tuple[int, ...], kept: bool
) -> None:
    bench.set(a=0, f=0x28, im=1)
    bench.load(0x8000, 0x28, 0x00)
    bench.load(0x100, *before, SCF)
    bench.load(0x38, SCF)
    for _ in before:
        bench.step()
    bench.set(yf=1, xf=1)
    if bench["halted"]:
        asserted(bench)
        bench.step()
    bench.step()
    assert (bench["yf"], bench["xf"], bench["cf"]) == (kept, kept, 1)


def test_r_counts_in_seven_bits(bench: Bench) -> None:
    bench.set(a=0xFE)
    bench.load(0x100, 0xED, 0x4F)
    bench.step()
    assert bench["r"] == 0xFE
    bench.step()
    bench.step()
    assert bench["r"] == 0x80
    bench.load(0x104, 0xDD, 0xCB, 0x00, 0x06)  # two M1 cycles
    bench.step()
    assert bench["r"] == 0x82


# -- encodings ------------------------------------------------------------------------------------


def spelling(variant: Variant) -> str:
    """Its syntax with the static fields written out."""
    text = variant.instruction.syntax
    for name, value in variant.fields.items():
        assert f"{{{name}}}" in text
        names = getattr(z80.operand(name), "names", range(256))
        text = text.replace(f"{{{name}}}", str(names[value]))
    return text


def test_every_opcode_is_defined_and_spelled_once() -> None:
    nodes = decoder(z80)
    assert sorted(nodes) == [(), (0xCB,), (0xDD,), (0xDD, 0xCB), (0xED,), (0xFD,), (0xFD, 0xCB)]
    targets = [node.find(unit) for node in nodes.values() for unit in range(256)]
    assert None not in targets
    spelled = [spelling(target) for target in targets if isinstance(target, Variant)]
    assert len(set(spelled)) == len(spelled) == 7 * 256 - 6  # all but the prefixes that lead on


@pytest.mark.parametrize(
    ("path", "unit", "text"),
    [
        ((), 0x29, "add hl,hl"),
        ((0xDD,), 0x29, "add ix,ix"),
        ((0xFD,), 0x65, "ld iyh,iyl"),
        ((0xDD,), 0x66, "ld h,(ix+{d})"),
        ((0xDD,), 0x36, "ld (ix+{d}),{n}"),
        ((0xDD,), 0x41, "*dd.ld b,c"),
        ((0xFD,), 0xEB, "*fd.ex de,hl"),
        ((0xFD,), 0xE9, "jp (iy)"),
        ((0xFD,), 0xDD, "*fd.dd"),
        ((0xCB,), 0x36, "sll (hl)"),
        ((0xDD, 0xCB), 0x46, "bit 0,(ix+{d})"),
        ((0xDD, 0xCB), 0x68, "*bit 5,(ix+{d}),b"),
        ((0xFD, 0xCB), 0xFF, "set 7,(iy+{d}),a"),
        ((0xED,), 0x70, "in f,(c)"),
        ((0xED,), 0x7C, "*neg7"),
        ((0xED,), 0xB3, "otir"),
    ],
)
def test_spelling(path: tuple[int, ...], unit: int, text: str) -> None:
    target = decoder(z80)[path].find(unit)
    assert isinstance(target, Variant)
    assert spelling(target) == text


def test_registers_that_differ_by_an_underscore_are_two() -> None:
    assert (Z80.bc.name, Z80.bc_.name, Z80.int_.name) == ("bc", "bc_", "int")
    assert Z80.registers["bc_"] is Z80.bc_
