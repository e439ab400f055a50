"""VLIW packets: read all, then write all, on the toy ISA against a plain-Python model."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_vliw import Toy, toy

from emucore.body.registers import Registers
from emucore.ir.ops import Access
from emucore.isa.packets import order, trace
from emucore.language.pending import PacketError
from emucore.plan.cpu_layout import size
from emucore.reference.packets import PacketReference

ENCODINGS = {i.syntax.split()[0]: i.encoding for i in toy.instructions}
ENCODINGS["store.new"] = next(i.encoding for i in toy.instructions if ".new" in i.syntax)
ENCODINGS["store"] = next(i.encoding for i in toy.instructions if i.syntax.endswith("],{rd}"))


@dataclass(frozen=True)
class Word:
    """One word: a mnemonic, its fields, and its guard, if any: (predicate, negated, new)."""

    name: str
    fields: tuple[tuple[str, int], ...]
    guard: tuple[int, int, int] | None = None

    def __getitem__(self, name: str) -> int:
        return dict(self.fields)[name]

    def encode(self) -> int:
        names = {f.name for f in ENCODINGS[self.name].fields}
        u, neg, new = self.guard or (0, 0, 0)
        values = {"g": int(self.guard is not None), "u": u, "neg": neg, "new": new}
        values = {k: v for k, v in values.items() if k in names} | dict(self.fields)
        return ENCODINGS[self.name].encode(values)[0]


def w(name: str, guard: tuple[int, int, int] | None = None, **fields: int) -> Word:
    return Word(name, tuple(fields.items()), guard)


def packet(*words: Word) -> tuple[int, ...]:
    """Parse bits put in: 11 in the last word, 01 in the others."""
    codes = [word.encode() for word in words]
    return tuple(c | (3 if i == len(codes) - 1 else 1) << 14 for i, c in enumerate(codes))


class Ram:
    """4 KiB of memory, all that the toy's addresses can reach; a log of what was accessed."""

    def __init__(self) -> None:
        self.bytes = bytearray(1 << 12)
        self.log: list[tuple[str, int]] = []

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        if access.kind != "fetch":
            self.log.append((access.kind, address))
        at = address % (1 << 12)
        return int.from_bytes((self.bytes + self.bytes)[at : at + width // 8], "little"), clock

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        self.log.append((access.kind, address))
        for i, byte in enumerate(value.to_bytes(width // 8, "little")):
            self.bytes[(address + i) % (1 << 12)] = byte
        return clock


class Run:
    """Packets at address 0, run by the reference engine."""

    def __init__(self, *packets: tuple[int, ...]) -> None:
        self.ram = Ram()
        words = [word for words in packets for word in words]
        self.ram.bytes[: 4 * len(words)] = b"".join(x.to_bytes(4, "little") for x in words)
        self.registers = Registers(Toy, memoryview(bytearray(size(Toy))), 0)
        self.registers.reset()
        self.engine = PacketReference(toy, self.registers, self.ram)

    def __getitem__(self, name: str) -> int:
        return self.registers[name]

    def set(self, **values: int) -> Run:
        for name, value in values.items():
            self.registers[name] = value
        return self

    def steps(self, count: int = 1) -> Run:
        for _ in range(count):
            self.engine.step()
        return self


# -- what packets are -----------------------------------------------------------------------------


def test_swap_needs_no_temporary() -> None:
    swap = packet(w("addi", rd=1, rs=2, imm=0), w("addi", rd=2, rs=1, imm=0))
    run = Run(swap).set(r1=11, r2=22).steps()
    assert (run["r1"], run["r2"], run["pc"], run["clock"]) == (22, 11, 8, 1)


def test_predicate_is_read_before_it_is_written() -> None:
    words = packet(w("cmpeq", pd=0, rs=1, rt=1), w("addi", (0, 0, 0), rd=2, rs=0, imm=5))
    run = Run(words).steps()
    assert (run["p0"], run["r2"]) == (0xFF, 0)
    assert Run(words).set(p0=1).steps()["r2"] == 5


@pytest.mark.parametrize("equal", [0, 1])
@pytest.mark.parametrize("negated", [0, 1])
@pytest.mark.parametrize("producer_last", [False, True])
def test_new_predicate(equal: int, negated: int, producer_last: bool) -> None:
    compare = w("cmpeq", pd=3, rs=1, rt=2)
    words = [compare, w("addi", (3, negated, 1), rd=4, rs=0, imm=7)]
    run = Run(packet(*(reversed(words) if producer_last else words)))
    run.set(r1=9, r2=9 if equal else 8, p3=0xFF * (1 - equal)).steps()
    assert run["r4"] == (7 if equal != negated else 0)


def test_new_value_store() -> None:
    words = packet(w("mul", rd=1, rs=2, rt=3), w("store.new", rd=1, rs=4, rt=0))
    run = Run(words).set(r2=6, r3=7, r1=1, r4=0x100).steps()
    assert run.ram.bytes[0x100] == 42


def test_new_value_of_a_cancelled_producer_is_the_old_one() -> None:
    words = packet(w("mul", (0, 0, 0), rd=1, rs=2, rt=3), w("store.new", rd=1, rs=4, rt=0))
    run = Run(words).set(r2=6, r3=7, r1=1, r4=0x100).steps()
    assert run.ram.bytes[0x100] == 1


def test_stores_are_in_order_and_behind_loads() -> None:
    words = packet(
        w("store", rd=1, rs=4, rt=0), w("store", rd=2, rs=4, rt=0), w("load", rd=3, rs=4, rt=0)
    )
    run = Run(words).set(r1=1, r2=2, r3=9, r4=0x100).steps()
    assert run.ram.log == [("read", 0x100), ("write", 0x100), ("write", 0x100)]
    assert (run["r3"], run.ram.bytes[0x100]) == (0, 2)


def test_stores_keep_their_order_when_words_are_reordered() -> None:
    words = packet(
        w("store", (0, 0, 1), rd=1, rs=4, rt=0),
        w("store", rd=2, rs=4, rt=0),
        w("cmpeq", pd=0, rs=0, rt=0),
    )
    assert order(toy, words) == [1, 2, 0]
    assert Run(words).set(r1=1, r2=2, r4=0x100).steps().ram.bytes[0x100] == 2


def test_guarded_read_modify_write() -> None:
    """Its address and sum are computed inside a `when` and stored behind the packet."""
    words = packet(w("addmem", (1, 0, 0), rd=1, rs=4, rt=0), w("addi", rd=4, rs=0, imm=0))
    run = Run(words).set(r1=3, r4=0x100, p1=1)
    run.ram.bytes[0x100] = 4
    assert run.steps().ram.bytes[0x100] == 7
    run = Run(words).set(r1=3, r4=0x100)
    assert run.steps().ram.log == []


def test_one_register_is_not_written_twice() -> None:
    with pytest.raises(PacketError, match="twice"):
        trace(toy, packet(w("add", rd=1, rs=2, rt=3), w("addi", rd=1, rs=2, imm=1)))
    with pytest.raises(PacketError, match="twice"):
        trace(toy, packet(w("addp", rd=0, rs=2, rt=4), w("addi", rd=1, rs=2, imm=1)))


def test_complementary_guards_may_write_one_register() -> None:
    words = packet(w("addi", (0, 0, 0), rd=1, rs=0, imm=1), w("addi", (0, 1, 0), rd=1, rs=0, imm=2))
    assert Run(words).set(p0=1).steps()["r1"] == 1
    assert Run(words).steps()["r1"] == 2


def test_new_values_in_a_circle_are_refused() -> None:
    words = packet(w("cmpeq", (1, 0, 1), pd=0, rs=0, rt=0), w("cmpeq", (0, 0, 1), pd=1, rs=0, rt=0))
    with pytest.raises(PacketError, match="depend on each other"):
        trace(toy, words)


@pytest.mark.parametrize(
    "words",
    [
        packet(w("add", rd=1, rs=2, rt=3), w("addi", rd=1, rs=2, imm=1)),
        (0xFF00_C000,),
        (packet(w("addi", rd=1, rs=1, imm=1))[0] & ~0x8000,) * 5,  # no end in sight
    ],
)
def test_refused_packets_do_what_the_isa_says(words: tuple[int, ...]) -> None:
    run = Run(words).steps(3)
    assert (run["refused"], run["halted"], run["r1"]) == (1, 1, 0)


def test_jump_is_relative_to_the_packet() -> None:
    run = Run(
        packet(w("addi", rd=1, rs=1, imm=1), w("jump", offset=16)),
        packet(w("halt")),
        packet(w("halt")),
        packet(w("addi", rd=2, rs=0, imm=127), w("jump", (0, 1, 0), offset=0x10000 - 8)),
    )
    assert run.steps()["pc"] == 16
    assert run.steps(2)["pc"] == 12
    assert (run["r1"], run["r2"], run["halted"]) == (1, 0xFFFF_FFFF, 1)


def test_trap_undoes_the_packet() -> None:
    words = packet(
        w("addi", rd=1, rs=0, imm=1),
        w("store", rd=2, rs=4, rt=0),
        w("check", rs=5),
        w("addi", rd=6, rs=0, imm=1),
    )
    run = Run(words).set(r5=1 << 31, r4=0x100, r2=3).steps()
    assert (run["r1"], run["r6"], run["r31"], run["pc"]) == (0, 0, 0, 0x80)
    assert run.ram.log == []
    run = Run(words).set(r5=1, r4=0x100, r2=3).steps()
    assert (run["r1"], run["r6"], run["pc"], run.ram.bytes[0x100]) == (1, 1, 16, 3)


@settings(deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 1))
def test_64_bit_sums(a: int, b: int, carry: int) -> None:
    run = Run(
        packet(w("addcp", rd=6, rs=2, rt=4, u=0), w("addsatp", rd=8, rs=2, rt=4, u=1)),
        packet(w("addp", rd=2, rs=2, rt=4)),
    )
    run.set(r2=a % 2**32, r3=a >> 32, r4=b % 2**32, r5=b >> 32, p0=0xFF * carry).steps(2)
    total = a + b + carry
    assert (run["r7"] << 32 | run["r6"], run["p0"]) == (total % 2**64, 0xFF * (total >> 64))
    exact = (a - (a >> 63 << 64)) + (b - (b >> 63 << 64))
    kept = max(-(2**63), min(2**63 - 1, exact))
    assert (run["r9"] << 32 | run["r8"], run["p1"]) == (kept % 2**64, 0xFF * (kept != exact))
    assert run["r3"] << 32 | run["r2"] == (a + b) % 2**64


# -- random packets against a model that knows nothing of emucore ---------------------------------


@dataclass
class Model:
    """The toy's state, and a packet's meaning by recursion on new values."""

    r: list[int]
    p: list[int]
    memory: bytearray
    new_r: dict[int, int] = field(default_factory=dict)
    new_p: dict[int, int] = field(default_factory=dict)

    def run(self, words: list[Word]) -> None:
        self.words = words
        results = [(word, self.result(word)) for word in words if self.happens(word)]
        for word, value in results:
            if word.name.startswith("cmp"):
                self.new_p[word["pd"]] = value
            elif word.name == "addp":
                self.new_r[word["rd"]] = value % 2**32
                self.new_r[word["rd"] + 1] = value >> 32
            elif not word.name.startswith("store"):
                self.new_r[word["rd"]] = value
        stores = [(self.address(x), value) for x, value in results if x.name.startswith("store")]
        for number, value in self.new_r.items():
            self.r[number] = value
        for number, value in self.new_p.items():
            self.p[number] = value
        for address, value in stores:
            for i in range(4):
                self.memory[(address + i) % (1 << 12)] = value >> 8 * i & 0xFF

    def address(self, word: Word) -> int:
        return (self.r[word["rs"]] + self.r[word["rt"]]) % 2**32

    def happens(self, word: Word) -> bool:
        if word.guard is None:
            return True
        u, negated, new = word.guard
        p = self.p[u]
        if new:
            for producer in self.words:
                if producer.name.startswith("cmp") and producer["pd"] == u:
                    p = self.result(producer) if self.happens(producer) else p
        return (p & 1) != negated

    def new(self, number: int) -> int:
        for x in self.words:
            if x.name == "addp" and number in (x["rd"], x["rd"] + 1):
                return self.result(x) >> 32 * (number - x["rd"]) & 0xFFFF_FFFF
            writes = not x.name.startswith(("cmp", "store"))
            if writes and x["rd"] == number and self.happens(x):
                return self.result(x)
        return self.r[number]

    def result(self, word: Word) -> int:
        name = word.name
        if name == "store":
            return self.r[word["rd"]]
        if name == "store.new":
            return self.new(word["rd"])
        if name == "load":
            at = self.address(word) % (1 << 12)
            return sum(self.memory[(at + i) % (1 << 12)] << 8 * i for i in range(4))
        if name == "addp":
            s, t = word["rs"], word["rt"]
            pairs = (self.r[s] | self.r[s + 1] << 32) + (self.r[t] | self.r[t + 1] << 32)
            return pairs % 2**64
        a = self.r[word["rs"]]
        if name == "addi":
            imm = word["imm"]
            return (a + imm - (imm >> 6 << 7)) % 2**32
        b = self.r[word["rt"]]
        if name == "cmpeq":
            return 0xFF if a == b else 0
        if name == "cmpgt":
            return 0xFF if a ^ 1 << 31 > b ^ 1 << 31 else 0
        return {"add": a + b, "sub": a - b, "and": a & b, "or": a | b, "xor": a ^ b, "mul": a * b}[
            name
        ] % 2**32


@st.composite
def packets(draw: st.DrawFn) -> list[Word]:
    """Words that write different registers; new predicates never in a circle."""
    number = st.integers(0, 7)
    rds = draw(st.permutations(range(0, 8, 2)))
    pds = draw(st.permutations(range(4)))
    words: list[Word] = []
    count = draw(st.integers(1, 4))
    names = ["add", "sub", "and", "or", "xor", "mul", "addi", "cmpeq", "cmpgt", "addp", "load"]
    for i in range(count):
        name = draw(st.sampled_from([*names, "store", "store.new"]))
        rs, rt, guard = draw(number), draw(number), None
        if name != "addp" and draw(st.booleans()):
            earlier = [x["pd"] for x in words if x.name.startswith("cmp")]
            new = bool(earlier) and draw(st.booleans())
            u = draw(st.sampled_from(earlier) if new else st.integers(0, 3))
            guard = (u, draw(st.integers(0, 1)), int(new))
        if name == "addi":
            words.append(w(name, guard, rd=rds[i], rs=rs, imm=draw(st.integers(0, 127))))
        elif name.startswith("cmp"):
            words.append(w(name, guard, pd=pds[i], rs=rs, rt=rt))
        elif name == "addp":
            words.append(w(name, None, rd=rds[i], rs=rs & 6, rt=rt & 6))
        elif name.startswith("store"):
            words.append(w(name, guard, rd=draw(number), rs=rs, rt=rt))
        else:
            words.append(w(name, guard, rd=rds[i], rs=rs, rt=rt))
    return draw(st.permutations(words))


VALUES = st.one_of(st.integers(0, 40), st.integers(0, 2**32 - 1))


@settings(max_examples=300, deadline=None)
@given(packets(), st.lists(VALUES, min_size=8, max_size=8), st.integers(0, 15))
def test_random_packets(words: list[Word], values: list[int], predicates: int) -> None:
    run = Run(packet(*words))
    p = [0xFF * (predicates >> i & 1) for i in range(4)]
    run.set(**{f"r{i}": v for i, v in enumerate(values)}, **{f"p{i}": v for i, v in enumerate(p)})
    model = Model([*values, *[0] * 24], p, bytearray(run.ram.bytes))
    run.steps()
    model.run(words)
    assert run["refused"] == 0
    assert [run[f"r{i}"] for i in range(32)] == model.r
    assert [run[f"p{i}"] for i in range(4)] == model.p
    assert run.ram.bytes == model.memory
