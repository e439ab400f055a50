"""When the 6502 takes an interrupt, to the cycle.

Expectations are from nesdev.org/wiki/CPU_interrupts and visual6502's "6502 Timing of Interrupt
Handling": a poll at the end of the last cycle but one decides; CLI, SEI and PLP are polled with the
old I; a branch taken within its page is polled in its first cycle only; BRK and the interrupt
sequences are not polled; an NMI in the first four cycles of such a sequence changes its vector.
"""

from __future__ import annotations

import random
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from m6502_rig import Rig

from emucore.cpus.m6502 import M6502

CODE, HANDLER, NMI_HANDLER, START = 0x0400, 0x0800, 0x0900, 0x0A00
NOP, I_FLAG, B_FLAG = 0xEA, 0x04, 0x10

BRANCHES = dict(zip(range(0x10, 0x100, 0x20), "nnvvcczz", strict=True))
JAMS = {0x02, 0x12, 0x22, 0x32, 0x42, 0x52, 0x62, 0x72, 0x92, 0xB2, 0xD2, 0xF2}
BRK, CLI, PLP, SEI, RTI, BEQ = 0x00, 0x58, 0x28, 0x78, 0x40, 0xF0
OLD_I = {CLI, PLP, SEI}


@lru_cache
def _rig(lazy: bool) -> Rig:
    """One of each kind, traced once."""
    return Rig(lazy=lazy)


def rig(code: bytes, *, i: int = 0, lazy: bool = False, **registers: int) -> Rig:
    """A 6502 at CODE, NOPs all around it, handlers of NOPs; ``i`` is the interrupt flag."""
    r = _rig(lazy)
    r.reset({}, {})
    r.memory[:] = bytes([NOP]) * 0x10000
    r.load(CODE, code)
    r.load(0xFFFA, bytes.fromhex("0009 000a 0008"))
    r.registers["pc"] = CODE
    r.registers["s"] = 0xF0
    for name, value in registers.items():
        r.registers[name] = value
    r.registers["i"] = i
    return r


def length(code: bytes, *, i: int = 0, **registers: int) -> int:
    """Cycles of the instruction at the beginning of *code*."""
    r = rig(code, i=i, **registers)
    r.run(1)
    while r.registers["vectoring"]:
        r.run(r.registers["clock"] + 1)
    return r.registers["clock"]


def instructions_before(r: Rig, handler: int) -> int:
    """How many instructions run before *handler*; the rig has run long enough."""
    assert handler in r.fetches, "the interrupt was not taken"
    return r.fetches.index(handler)


def pushed_p(r: Rig) -> int:
    """The first P that was pushed: behind two bytes of PC."""
    return next(
        third.byte
        for one, two, third in zip(r.log, r.log[1:], r.log[2:], strict=False)
        if one.writing and two.writing and third.writing and one.address - 2 == third.address
    )


ORDINARY = [op for op in range(256) if op not in {*BRANCHES, *JAMS, BRK, *OLD_I, RTI}]


@pytest.mark.parametrize("opcode", ORDINARY, ids=lambda opcode: f"{opcode:02x}")
@pytest.mark.parametrize(("line", "handler"), [("irq", HANDLER), ("nmi", NMI_HANDLER)])
def test_the_last_cycle_but_one_decides(opcode: int, line: str, handler: int) -> None:
    """For every instruction without a rule of its own, with page crossings and without."""
    for x in (0x00, 0xFF):
        code = bytes([opcode, NOP, NOP])
        cycles = length(code, x=x, y=x)
        for at in range(cycles):
            r = rig(code, x=x, y=x)
            r.lines = [(at, line)]
            r.run(cycles + 12)
            assert instructions_before(r, handler) == (1 if at <= cycles - 2 else 2), at


def test_an_interrupt_sequence() -> None:
    """Two discarded fetches, three pushes with B clear, the vector; I is set; the handler runs."""
    r = rig(bytes([NOP]), c=1)
    r.lines = [(0, "irq")]
    r.run(11)
    assert [(c.address, c.byte, c.writing) for c in r.log[2:10]] == [
        (CODE + 1, NOP, False),
        (CODE + 1, NOP, False),
        (0x1F0, 0x04, True),
        (0x1EF, 0x01, True),
        (0x1EE, 0x21, True),
        (0xFFFE, 0x00, False),
        (0xFFFF, 0x08, False),
        (HANDLER, NOP, False),
    ]
    assert r.registers["i"] == 1
    assert r.registers["s"] == 0xED
    r.run(100)
    assert r.fetches.count(HANDLER) == 1  # the line stays asserted, but I is set


def test_irq_waits_while_i_is_set_and_nmi_does_not() -> None:
    r = rig(b"", i=1)
    r.lines = [(0, "irq")]
    r.run(100)
    assert HANDLER not in r.fetches
    r.lines = [(100, "nmi")]
    r.run(200)
    assert r.fetches.count(NMI_HANDLER) == 1


def test_an_nmi_line_that_stays_low_interrupts_once() -> None:
    r = rig(b"")
    r.lines = [(3, "nmi")]
    r.run(500)
    assert r.fetches.count(NMI_HANDLER) == 1
    assert r.registers["i"] == 1


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("opcode", BRANCHES, ids=lambda opcode: f"{opcode:02x}")
@pytest.mark.parametrize(("line", "handler"), [("irq", HANDLER), ("nmi", NMI_HANDLER)])
def test_a_branch_within_its_page_polls_in_its_first_cycle(
    opcode: int, at: int, line: str, handler: int
) -> None:
    taken = {BRANCHES[opcode]: opcode >> 5 & 1}
    assert length(bytes([opcode, 0x10]), **taken) == 3
    r = rig(bytes([opcode, 0x10]), **taken)
    r.lines = [(at, line)]
    r.run(16)
    assert instructions_before(r, handler) == (1 if at == 0 else 2)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("opcode", BRANCHES, ids=lambda opcode: f"{opcode:02x}")
def test_a_branch_to_another_page_polls_again(opcode: int, at: int) -> None:
    taken = {BRANCHES[opcode]: opcode >> 5 & 1}
    assert length(bytes([opcode, 0x80]), **taken) == 4
    r = rig(bytes([opcode, 0x80]), **taken)
    r.lines = [(at, "irq")]
    r.run(16)
    assert instructions_before(r, HANDLER) == (1 if at <= 2 else 2)


@pytest.mark.parametrize("at", range(2))
@pytest.mark.parametrize("opcode", BRANCHES, ids=lambda opcode: f"{opcode:02x}")
def test_a_branch_not_taken_is_ordinary(opcode: int, at: int) -> None:
    stay = {BRANCHES[opcode]: ~opcode >> 5 & 1}
    assert length(bytes([opcode, 0x10]), **stay) == 2
    r = rig(bytes([opcode, 0x10]), **stay)
    r.lines = [(at, "irq")]
    r.run(16)
    assert instructions_before(r, HANDLER) == (1 if at == 0 else 2)


def test_a_loop_of_one_branch_still_sees_interrupts() -> None:
    """BEQ to itself, again and again without a crossing: delayed, not lost."""
    for at in range(20, 26):
        r = rig(bytes([BEQ, 0xFE]), z=1)
        r.lines = [(at, "irq")]
        r.run(50)
        assert instructions_before(r, HANDLER) == at // 3 + (1 if at % 3 == 0 else 2)


def test_cli_lets_one_more_instruction_run() -> None:
    r = rig(bytes([CLI]), i=1)
    r.lines = [(0, "irq")]
    r.run(16)
    assert r.fetches[:3] == [CODE, CODE + 1, HANDLER]


def test_cli_with_i_clear_is_ordinary() -> None:
    r = rig(bytes([CLI]))
    r.lines = [(0, "irq")]
    r.run(16)
    assert r.fetches[:2] == [CODE, HANDLER]


def test_cli_sei_lets_an_interrupt_in_behind_sei() -> None:
    r = rig(bytes([CLI, SEI]), i=1)
    r.lines = [(0, "irq")]
    r.run(16)
    assert r.fetches[:3] == [CODE, CODE + 1, HANDLER]
    assert pushed_p(r) & I_FLAG


def test_sei_comes_too_late_for_its_own_poll() -> None:
    r = rig(bytes([SEI]))
    r.lines = [(0, "irq")]
    r.run(16)
    assert r.fetches[:2] == [CODE, HANDLER]
    assert pushed_p(r) & I_FLAG
    late = rig(bytes([SEI]))
    late.lines = [(1, "irq")]
    late.run(100)
    assert HANDLER not in late.fetches


@pytest.mark.parametrize(
    ("i", "pulled", "before"), [(1, 0, 2), (0, I_FLAG, 1), (0, 0, 1), (1, I_FLAG, None)]
)
def test_plp_is_polled_with_the_old_i(i: int, pulled: int, before: int | None) -> None:
    r = rig(bytes([PLP]), i=i)
    r.memory[0x1F1] = pulled
    r.lines = [(0, "irq")]
    r.run(24)
    if before is None:
        assert HANDLER not in r.fetches
    else:
        assert instructions_before(r, HANDLER) == before
        assert pushed_p(r) & I_FLAG == pulled


@pytest.mark.parametrize("at", range(6))
def test_rti_is_polled_with_the_new_i(at: int) -> None:
    r = rig(bytes([RTI]), i=1)
    r.load(0x1F1, bytes([0, 0x00, 0x06]))
    r.lines = [(at, "irq")]
    r.run(24)
    assert instructions_before(r, HANDLER) == (1 if at <= 4 else 2)
    shut = rig(bytes([RTI]), i=0)
    shut.load(0x1F1, bytes([I_FLAG, 0x00, 0x06]))
    shut.lines = [(at, "irq")]
    shut.run(24)
    assert HANDLER not in shut.fetches


@pytest.mark.parametrize("at", range(10))
def test_an_nmi_hijacks_brk(at: int) -> None:
    """Up to the fourth cycle it takes the vector; later it waits for the handler's first."""
    r = rig(bytes([BRK]))
    r.lines = [(at, "nmi")]
    r.run(24)
    assert pushed_p(r) & B_FLAG
    if at <= 3:
        assert r.fetches[:2] == [CODE, NMI_HANDLER]
        assert HANDLER not in r.fetches
    elif at <= 7:
        assert r.fetches[:3] == [CODE, HANDLER, NMI_HANDLER]
    else:
        assert r.fetches[:4] == [CODE, HANDLER, HANDLER + 1, NMI_HANDLER]
    assert [c.clock for c in r.log] == list(range(len(r.log)))


@pytest.mark.parametrize("at", range(10))
def test_an_nmi_hijacks_an_irq(at: int) -> None:
    """The sequence begins at cycle 2; an NMI before it would have come first."""
    r = rig(bytes([NOP]))
    r.lines = [(0, "irq"), (at, "nmi")]
    r.run(24)
    assert not pushed_p(r) & B_FLAG
    if at <= 5:
        assert r.fetches[:2] == [CODE, NMI_HANDLER]
        assert HANDLER not in r.fetches
    else:
        assert r.fetches[:3] == [CODE, HANDLER, NMI_HANDLER]


@pytest.mark.parametrize("at", range(8))
def test_an_irq_during_brk_stays_masked(at: int) -> None:
    r = rig(bytes([BRK]))
    r.lines = [(at, "irq")]
    r.run(60)
    assert r.fetches.count(HANDLER) == 1
    assert pushed_p(r) & B_FLAG


@pytest.mark.parametrize("opcode", sorted(JAMS), ids=lambda opcode: f"{opcode:02x}")
def test_a_jam_ends_only_by_reset(opcode: int) -> None:
    r = rig(bytes([opcode]))
    r.lines = [(5, "irq"), (6, "nmi")]
    r.run(50)
    assert r.fetches == [CODE]
    assert r.registers["clock"] == 50
    assert r.registers["pc"] == CODE
    r.registers["nmi"] = (1 << 63) - 1
    r.lines = [(50, "reset")]
    r.run(58)
    assert r.fetches == [CODE, START]


def test_reset() -> None:
    """Seven cycles; what would be pushed is read; I is set, and the latch is used up."""
    r = rig(b"", s=0)
    r.lines = [(0, "reset")]
    r.run(7)
    assert [(c.address, c.writing) for c in r.log] == [
        *[(CODE, False), (CODE, False), (0x100, False), (0x1FF, False), (0x1FE, False)],
        *[(0xFFFC, False), (0xFFFD, False)],
    ]
    assert {n: r.registers[n] for n in ("pc", "s", "i", "clock")} == {
        "pc": START,
        "s": 0xFD,
        "i": 1,
        "clock": 7,
    }
    r.run(9)
    assert r.fetches == [START]


@given(
    seed=st.integers(0, 1 << 32),
    lines=st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from(["irq", "nmi", "reset"])),
        max_size=4,
        unique_by=lambda line: line[1],
    ),
)
@settings(max_examples=60, deadline=None)
def test_the_boundary_need_not_be_called_each_time(seed: int, lines: list[tuple[int, str]]) -> None:
    """Random code: an engine that looks only when it must does the same as one that always does."""
    rigs = []
    for lazy in (False, True):
        r = rig(b"", lazy=lazy)
        r.memory[:] = bytes(
            NOP if byte in JAMS else byte for byte in random.Random(seed).randbytes(0x10000)
        )
        r.lines = list(lines)
        r.run(400)
        rigs.append(r)
    eager, lazy_one = rigs
    assert eager.log == lazy_one.log
    names = list(M6502.registers)
    assert [eager.registers[n] for n in names] == [lazy_one.registers[n] for n in names]
