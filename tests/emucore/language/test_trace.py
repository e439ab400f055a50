"""Tracing: pending writes, `when` and its joins, the clock, ends, faults, packets, blocks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import Lab, Result, lab, run

from emucore.ir.ops import VerifyError, verify, walk
from emucore.language.block import Block
from emucore.language.pending import PacketError, TraceError
from emucore.language.registers import NEVER
from emucore.language.value import Value, cat, select

BIT = st.integers(0, 1)


def names(body: Callable[[Lab], None]) -> list[str]:
    """The ops of *body*, constants left out."""
    cpu = Lab(Block(Lab.clock))
    body(cpu)
    return [op.name for op in walk(verify(cpu.block.finish())) if op.name != "const"]


# -- registers ------------------------------------------------------------------------------------


def test_writes_are_seen_at_once_and_stored_once() -> None:
    def body(cpu: Lab) -> None:
        cpu.a = cpu.a + 1
        cpu.b = cpu.a
        cpu.a = cpu.a + 1

    got = run(body, a=5)
    assert (got["a"], got["b"]) == (7, 6)
    assert names(body) == ["get", "add", "add", "set", "set"]


def test_swap_and_unchanged_registers() -> None:
    def swap(cpu: Lab) -> None:
        cpu.a, cpu.b = cpu.b, cpu.a

    def same(cpu: Lab) -> None:
        cpu.a, cpu.b = cpu.b, cpu.a
        cpu.a, cpu.b = cpu.b, cpu.a

    got = run(swap, a=1, b=2)
    assert (got["a"], got["b"]) == (2, 1)
    assert "set" not in names(same)


def test_what_cannot_be_assigned() -> None:
    cpu = Lab(Block(Lab.clock))
    with pytest.raises(TraceError, match="64 bits assigned"):
        cpu.a = cpu.w
    with pytest.raises(TraceError, match="8 bits assigned"):
        cpu.w = cpu.a
    with pytest.raises(TraceError, match="64 bits assigned"):
        cpu.x[1] = cpu.w
    with pytest.raises(TraceError, match="no element 8"):
        cpu.x[8] = cpu.a
    with pytest.raises(TraceError, match="clock"):
        cpu.block.set(Lab.clock, cpu.w)


# -- register files -------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7), st.integers(0, 255)), max_size=6))
def test_files_with_known_and_guest_indexes(writes: list[tuple[bool, int, int]]) -> None:
    """Reads between writes, by number or by value, are what a list would give; x0 stays 0."""
    model = [0, *range(1, 8)]
    expected = 0

    def body(cpu: Lab) -> None:
        total = cpu.const(0, 8)
        for known, index, value in writes:
            where = index if known else cpu.a[:3] + index
            cpu.x[where] = value
            total = total * 3 + cpu.x[index] + cpu.x[cpu.a[:3] + index]
        cpu.b = total

    for _, index, value in writes:
        if index:
            model[index] = value
        expected = (expected * 3 + 2 * model[index]) % 256
    got = run(body, **{f"x{i}": i for i in range(8)})
    assert [got[f"x{i}"] for i in range(8)] == model
    assert got["b"] == expected


def test_known_elements_are_read_and_written_once() -> None:
    def body(cpu: Lab) -> None:
        cpu.x[1] = cpu.x[2] + cpu.x[2]
        cpu.x[1] = cpu.x[1] + cpu.x[2]

    assert names(body) == ["getx", "add", "add", "setx"]


def test_zero_is_known() -> None:
    def body(cpu: Lab) -> None:
        cpu.x[0] = cpu.a
        cpu.b = cpu.x[0]

    assert names(body) == ["get", "set"]
    assert run(body, a=3, b=4)["b"] == 0


# -- when -----------------------------------------------------------------------------------------


@given(f=BIT, g=BIT, real=st.booleans())
def test_registers_are_joined(f: int, g: int, real: bool) -> None:
    """With a bus access in it the body is real control flow, else it is arithmetic and a choice."""

    def body(cpu: Lab) -> None:
        cpu.b = 10
        with cpu.when(cpu.f):
            cpu.a = cpu.a + 1
            cpu.d = cpu.b  # reads what was pending outside
            if real:
                cpu.w = cpu.block.read(cpu.mem, "read", cpu.const(0x10, 16)).zext(64)
            with cpu.when(cpu.g):
                cpu.b = cpu.b + cpu.a
                cpu.x[cpu.a[:3]] = 7
                cpu.x[2] = 9
            cpu.a = cpu.a + cpu.b
        cpu.c = cpu.a
        cpu.x[3] = cpu.x[2]

    got = run(body, a=4, f=f, g=g, x5=1, x2=6, w=5)
    a, b, x5, x2 = 4, 10, 1, 6
    if f:
        a += 1
        if g:
            b, x5, x2 = b + a, 7, 9
        a += b
    assert [got[n] for n in ("a", "b", "c", "d", "x5", "x2", "x3")] == [
        *(a, b, a, 10 * f, x5, x2, x2)
    ]
    assert got["w"] == (0 if f and real else 5)
    assert ("if" in names(body)) is real


@given(f=BIT, real=st.booleans())
def test_a_register_first_read_inside_is_good_outside(f: int, real: bool) -> None:
    def body(cpu: Lab) -> None:
        with cpu.when(cpu.f):
            if real:
                cpu.block.read(cpu.mem, "read", cpu.const(0, 16))
            cpu.a = cpu.b + cpu.x[5] + 1
        cpu.c = cpu.b + cpu.x[5] + 1

    got = run(body, f=f, b=2, x5=3)
    assert (got["a"], got["c"]) == (6 * f, 6)


def test_a_value_computed_inside_is_no_good_outside() -> None:
    cpu = Lab(Block(Lab.clock))
    with cpu.when(cpu.f):
        inside = cpu.block.read(cpu.mem, "read", cpu.pc)
    cpu.a = inside
    with pytest.raises(VerifyError, match="before or outside"):
        verify(cpu.block.finish())


def test_a_value_of_a_body_that_never_runs_is_no_good_outside() -> None:
    cpu = Lab(Block(Lab.clock))
    with cpu.when(cpu.const(0, 1)):
        inside = cpu.a + 1
    cpu.b = inside
    with pytest.raises(VerifyError, match="before or outside"):
        verify(cpu.block.finish())


def test_when_needs_one_bit() -> None:
    cpu = Lab(Block(Lab.clock))
    with pytest.raises(TraceError, match="1 bit, not 8"), cpu.when(cpu.a):
        pass


@given(f=BIT, g=BIT)
def test_clock_is_joined(f: int, g: int) -> None:
    """Ticks are added where the body runs; wait states (two at 0x200) too."""

    def body(cpu: Lab) -> None:
        cpu.tick(3)
        with cpu.when(cpu.f):
            cpu.tick(2)
            cpu.v = cpu.now
            with cpu.when(cpu.g):
                cpu.tick(1)
                cpu.block.read(cpu.mem, "read", cpu.const(0x200, 16))
                cpu.tick(1)
            cpu.tick(10)
        cpu.tick(1)
        cpu.w = cpu.now
        cpu.block.write(cpu.mem, "write", cpu.const(0x300, 16), cpu.a)
        cpu.tick(1)

    got = run(body, f=f, g=g, clock=100)
    now = 104 + (12 + (4 if g else 0) if f else 0)
    assert got["w"] == now
    assert got["v"] == (105 if f else 0)
    assert got["clock"] == now + 3 + 1
    assert got.log == [("r", 0x200, 0, 106)] * (f & g) + [("w", 0x300, 0, now)]


@given(f=BIT, g=BIT)
def test_done_inside(f: int, g: int) -> None:
    """What was written before and in the body is kept, what comes after is not done."""

    def body(cpu: Lab) -> None:
        cpu.a = 1
        cpu.tick(1)
        with cpu.when(cpu.f):
            cpu.b = 1
            with cpu.when(cpu.g):
                cpu.c = 1
                cpu.x[1] = 1
                cpu.tick(5)
                cpu.done()
            cpu.d = 1
        cpu.a = 2
        cpu.tick(1)

    got = run(body, f=f, g=g)
    ended = f & g
    assert got["a"] == (1 if ended else 2)
    assert got["clock"] == (6 if ended else 2)
    assert (got["b"], got["c"], got["x1"], got["d"]) == (f, ended, ended, f & ~g)


def test_nothing_follows_done() -> None:
    cpu = Lab(Block(Lab.clock))
    cpu.done()
    with pytest.raises(TraceError, match="after the end"):
        _ = cpu.a + cpu.b


@pytest.mark.parametrize("known", [0, 1])
@given(g=BIT)
def test_conditions_known_while_tracing(known: int, g: int) -> None:
    """A body that certainly runs may end the instruction: the rest is unreachable, not an error."""

    def body(cpu: Lab) -> None:
        with cpu.when(cpu.g):
            cpu.a = 1
            with cpu.when(cpu.const(known, 1)):
                cpu.b = 1
                cpu.done()
            with cpu.when(cpu.f):
                cpu.block.write(cpu.mem, "write", cpu.pc, cpu.a)
            cpu.c = cpu.block.read(cpu.mem, "read", cpu.const(0x40, 16)) + 1
        cpu.d = 1

    got = run(body, g=g, f=1, pc=0x100)
    expected = {0: (1, 0, 1, 1), 1: (1, 1, 0, 0)}[known] if g else (0, 0, 0, 1)
    assert tuple(got[n] for n in "abcd") == expected
    assert len(got.log) == (2 if g and not known else 0)


def test_an_instruction_may_end_for_certain() -> None:
    def body(cpu: Lab) -> None:
        with cpu.when(cpu.const(1, 1)):
            cpu.a = 1
            cpu.done()
        cpu.b = 1
        cpu.attend()
        cpu.done()

    assert names(body) == ["get", "set", "done"]  # the clock: a `when` needs it
    assert run(body)["b"] == 0


# -- faults ---------------------------------------------------------------------------------------


@given(f=BIT)
def test_fault_forgets_this_instruction(f: int) -> None:
    def body(cpu: Lab) -> None:
        cpu.a = 1
        cpu.x[1] = 1
        cpu.tick(2)
        with cpu.when(cpu.f):
            cpu.fault()
            cpu.c = cpu.a  # what it was
            cpu.x[2] = 2
            cpu.tick(1)
            cpu.done()
        cpu.b = cpu.a

    got = run(body, a=9, f=f)
    seen = tuple(got[n] for n in ("a", "b", "c", "x1", "x2", "clock"))
    assert seen == ((9, 0, 9, 0, 2, 3) if f else (1, 1, 0, 1, 0, 2))


def test_a_fault_in_a_body_ends_there() -> None:
    cpu = Lab(Block(Lab.clock))
    with pytest.raises(TraceError, match="must be followed by done"), cpu.when(cpu.f):
        cpu.fault()


def test_a_fault_for_certain_may_have_branches() -> None:
    def body(cpu: Lab) -> None:
        cpu.a = 1
        cpu.fault()
        cpu.b = 2
        with cpu.when(cpu.f):
            cpu.b = 3

    assert [(got["a"], got["b"]) for got in (run(body), run(body, f=1))] == [(0, 2), (0, 3)]


@given(f=BIT)
def test_a_fault_keeps_earlier_instructions_of_the_block(f: int) -> None:
    def body(cpu: Lab) -> None:
        cpu.a = 1
        cpu.x[1] = 1
        cpu.block.begin()
        cpu.a = 2
        cpu.x[1] = 2
        cpu.x[2] = 2
        with cpu.when(cpu.f):
            cpu.fault()
            cpu.b = cpu.a
            cpu.done()

    got = run(body, f=f)
    seen = tuple(got[n] for n in ("a", "b", "x1", "x2"))
    assert seen == ((1, 1, 1, 0) if f else (2, 0, 2, 2))


# -- lines, attention, words ---------------------------------------------------------------------


@pytest.mark.parametrize(("at", "seen"), [(0, 1), (5, 1), (6, 0), (NEVER, 0)])
def test_lines_hold_the_time_they_were_asserted(at: int, seen: int) -> None:
    def body(cpu: Lab) -> None:
        cpu.tick(5)
        cpu.f = cpu.asserted(cpu.irq)
        cpu.g = cpu.asserted(cpu.irq, at=cpu.now + 1)

    got = run(body, irq=at)
    assert (got["f"], got["g"]) == (seen, int(at <= 6))


def test_a_known_word_makes_its_fields_constants() -> None:
    isa = lab(lambda cpu: None)

    def body(cpu: Lab, n: Value) -> None:
        cpu.a = cpu.a + n.zext(8)

    isa.define("01 n:6", "add {n}", body)
    variant = next(v for v in isa.variants() if v.instruction.function is body)
    assert "word" in [op.name for op in isa.trace(variant)]
    cpu = Lab(Block(Lab.clock))
    isa.apply(cpu, variant, 0x45)
    isa.apply(cpu, variant, 0x47)
    code = verify(cpu.block.finish())
    assert "word" not in [op.name for op in code]
    assert {5, 7} <= {op.imm for op in code if op.name == "const"}


# -- packets --------------------------------------------------------------------------------------


def in_packet(body: Callable[[Lab], None]) -> Callable[[Lab], None]:
    def whole(cpu: Lab) -> None:
        with cpu.block.packet():
            body(cpu)

    return whole


def test_packets_read_before_they_write() -> None:
    def body(cpu: Lab) -> None:
        cpu.a = cpu.b
        cpu.b = cpu.a
        cpu.x[1] = cpu.x[2]
        cpu.x[2] = cpu.x[1]
        cpu.c = cpu.block.new(Lab.a)
        cpu.d = cpu.x.new(1)

    got = run(in_packet(body), a=1, b=2, x1=3, x2=4)
    assert [got[n] for n in ("a", "b", "c", "d", "x1", "x2")] == [2, 1, 2, 4, 4, 3]


def test_a_packet_follows_what_the_block_did_before() -> None:
    def body(cpu: Lab) -> None:
        cpu.a = 5
        cpu.x[1] = 6
        with cpu.block.packet():
            cpu.a = cpu.x[1]
            cpu.x[1] = cpu.a
        cpu.b = cpu.a

    got = run(body)
    assert (got["a"], got["x1"], got["b"]) == (6, 5, 6)


@given(f=BIT, i=st.integers(0, 7), j=st.integers(0, 7))
def test_packets_with_guest_indexes(f: int, i: int, j: int) -> None:
    """The later write wins; new() sees it, a read does not."""

    def body(cpu: Lab) -> None:
        cpu.x[cpu.a[:3]] = 50
        with cpu.when(cpu.f):
            cpu.x[cpu.b[:3]] = 60
        cpu.c = cpu.x.new(cpu.b[:3])
        cpu.d = cpu.x[cpu.b[:3]]

    got = run(in_packet(body), a=i, b=j, f=f, **{f"x{n}": n for n in range(8)})
    x = list(range(8))
    x[i] = 50
    if f:
        x[j] = 60
    x[0] = 0
    assert [got[f"x{n}"] for n in range(8)] == x
    assert (got["c"], got["d"]) == (x[j], j)


@given(f=BIT, g=BIT)
def test_packet_stores_wait_and_keep_their_conditions(f: int, g: int) -> None:
    def body(cpu: Lab) -> None:
        cpu.block.write(cpu.mem, "write", cpu.const(0x40, 16), cpu.a)
        with cpu.when(cpu.f):
            byte = cpu.block.read(cpu.mem, "read", cpu.const(0x40, 16))
            with cpu.when((byte == 0) & cpu.g):
                cpu.block.write(cpu.mem, "write", cat(byte, cpu.a), byte + cpu.a)
            cpu.block.write(cpu.mem, "write", cpu.const(0x50, 16), byte + 1)
        cpu.b = cpu.block.read(cpu.mem, "read", cpu.const(0x40, 16))

    got = run(in_packet(body), a=7, f=f, g=g)
    assert got.log == [
        *([("r", 0x40, 0, 0)] * f),
        ("r", 0x40, 0, 0),
        ("w", 0x40, 7, 0),
        *([("w", 7, 7, 0)] * (f & g)),
        *([("w", 0x50, 1, 0)] * f),
    ]


def test_two_writes_in_a_packet() -> None:
    def once_more(cpu: Lab) -> None:
        cpu.a = 1
        cpu.a = 2

    def element(cpu: Lab) -> None:
        cpu.x[3] = 1
        cpu.x[3] = 2

    def maybe(cpu: Lab) -> None:
        with cpu.when(cpu.f):
            cpu.a = 1
        with cpu.when(~cpu.f):
            cpu.a = 2

    for body in (once_more, element):
        with pytest.raises(PacketError, match="twice"):
            names(in_packet(body))
        assert names(body)  # in a row it is allowed
    results = [run(in_packet(maybe), f=f)["a"] for f in (0, 1)]
    assert results == [2, 1]
    with pytest.raises(TraceError, match="do not nest"):
        names(in_packet(in_packet(once_more)))


@given(f=BIT)
def test_a_trap_in_a_packet_undoes_all_of_it(f: int) -> None:
    def body(cpu: Lab) -> None:
        cpu.a = 1
        cpu.block.write(cpu.mem, "write", cpu.pc, cpu.a)
        with cpu.when(cpu.f):
            cpu.fault()
            cpu.b = 1
            cpu.done()
        cpu.x[1] = 1

    got = run(in_packet(body), f=f)
    assert (got["a"], got["b"], got["x1"], len(got.log)) == ((0, 1, 0, 0) if f else (1, 0, 1, 1))


# -- random nests of `when` against a plain interpreter ------------------------------------------

PROGRAMS = st.recursive(
    st.lists(
        st.tuples(
            st.sampled_from(["set", "add", "setx", "getx", "tick", "store", "load"]),
            st.integers(0, 3),
            st.integers(0, 7),
        ),
        max_size=4,
    ),
    lambda inner: st.lists(
        st.one_of(
            st.tuples(st.just("when"), st.integers(0, 3), inner),
            st.tuples(st.just("done"), st.integers(0, 3), st.just(0)),
            st.tuples(
                st.sampled_from(["add", "setx", "store"]), st.integers(0, 3), st.integers(0, 7)
            ),
        ),
        max_size=4,
    ),
    max_leaves=12,
)


class Ended(Exception):
    """The plain interpreter's done()."""


def plain(program: list[tuple[str, int, object]], state: dict[str, int], log: list[object]) -> None:
    for what, r, n in program:
        reg = "abcd"[r]
        if what == "when":
            if state[reg] & 1:
                plain(n, state, log)  # type: ignore[arg-type]
            continue
        if what == "done":
            if state[reg] & 2:
                raise Ended
            continue
        assert isinstance(n, int)
        if what == "set":
            state[reg] = n
        elif what == "add":
            state[reg] = (state[reg] + state["abcd"[n % 4]] + 1) % 256
        elif what == "setx":
            index = state[reg] % 8 if n & 1 else n
            state[f"x{index}"] = state[reg] if index else 0
        elif what == "getx":
            state[reg] = state[f"x{state[reg] % 8 if n & 1 else n}"]
        elif what == "tick":
            state["clock"] += n
        else:
            address = n << 6
            log.append((what, address, state[reg], state["clock"]))
            state["clock"] += address >> 8 & 3
            if what == "load":
                state[reg] = n


def described(program: list[tuple[str, int, object]], cpu: Lab) -> None:
    registers = (Lab.a, Lab.b, Lab.c, Lab.d)
    for what, r, n in program:
        reg = registers[r]
        value = cpu.block.get(reg)
        if what == "when":
            with cpu.when(value[0]):
                described(n, cpu)  # type: ignore[arg-type]
            continue
        if what == "done":
            with cpu.when(value[1]):
                cpu.done()
            continue
        assert isinstance(n, int)
        if what == "set":
            cpu.block.set(reg, n)
        elif what == "add":
            cpu.block.set(reg, value + cpu.block.get(registers[n % 4]) + 1)
        elif what == "setx":
            cpu.x[value[:3] if n & 1 else n] = value
        elif what == "getx":
            cpu.block.set(reg, cpu.x[value[:3] if n & 1 else n])
        elif what == "tick":
            cpu.tick(n)
        elif what == "store":
            cpu.block.write(cpu.mem, "write", cpu.const(n << 6, 16), value)
        else:
            byte = cpu.block.read(cpu.mem, "read", cpu.const(n << 6, 16))
            cpu.block.set(reg, select(byte == byte + 1, byte, n))


@given(PROGRAMS, st.lists(st.integers(0, 255), min_size=4, max_size=4))
def test_random_nests(program: list[tuple[str, int, object]], values: list[int]) -> None:
    registers = dict(zip("abcd", values, strict=True)) | {f"x{i}": 16 * i for i in range(8)}
    got: Result = run(lambda cpu: described(program, cpu), **registers, clock=1000)
    state, log = registers | {"clock": 1000}, []
    with contextlib.suppress(Ended):
        plain(program, state, log)
    assert {name: got[name] for name in state} == state
    marks = {"store": "w", "load": "r"}
    wanted = [(marks[w], at, t) for w, at, _, t in log]  # type: ignore[misc]
    assert [(k, at, t) for k, at, _, t in got.log] == wanted
    stored = [v for w, _, v, _ in log if w == "store"]  # type: ignore[misc]
    assert [v for k, _, v, _ in got.log if k == "w"] == stored
