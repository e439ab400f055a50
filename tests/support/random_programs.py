"""Random programs that stay alive: loops, calls, jump tables, stores, code that changes itself.

Random words (see :mod:`test_lockstep`) are mostly traps and jumps to nowhere, of which an engine
that translates what is hot sees little.  These are made of pieces that go on: a :class:`Dialect`
says how an ISA writes each kind of piece, :class:`Writer` puts them together at random, and between
them stand random instructions of the ISA itself, all that go on to the next and leave alone what
keeps the program running.

A program is a loop for ever, ``main``.  Loops count in cells of memory, so that no register is
sacred but the stack's; a routine calls later ones only; stores go to ``data``, to gaps between
instructions, and to instructions: a store *toggles* a bit such that either is an instruction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from boards import Pest, random_machine

from emucore.assembler import Program, assemble
from emucore.assembler.choices import units_to_bytes
from emucore.ir.ops import Code, verify, walk
from emucore.ir.passes import optimise
from emucore.isa import Isa, Packets, Variant, packets
from emucore.isa.decode import decoder
from emucore.language.block import Block
from emucore.language.pending import PacketError
from emucore.language.registers import Line, Reg, RegFile
from emucore.machine import Machine
from jit.interpreter.handlers import jumps

#: Bytes of ``data``, and of the largest gap.
DATA, GAP = 96, 80


@dataclass(frozen=True)
class Dialect:
    """How an ISA writes the pieces of a program.

    ``frame`` is the whole source: ``{cells}`` and ``{code}`` come from the writer, and it defines
    ``main``.  ``pieces`` has, for each kind, templates to choose from.  In them ``{label}`` is a
    fresh label, ``{cell}`` a byte of memory, ``{r0}`` … a register, ``{p0}`` … a predicate,
    ``{cc}`` a condition, ``{n}`` a random
    byte, and ``{at1}``, ``{at2}`` … where a store so wide may go.  A kind that a dialect
    lacks is not used.
    """

    isa: Isa
    frame: str
    pieces: Mapping[str, tuple[str, ...]]
    registers: tuple[str, ...] = ("",)
    conditions: tuple[str, ...] = ("",)
    #: bits that mark the last word of a packet
    last: int = 0
    #: how a cell is declared
    cell: str = "db 0"
    #: registers that no random instruction may write
    keep: frozenset[str] = frozenset()
    #: cycles between the pest's changes at most: one is chosen for a program
    spans: tuple[int, ...] = (1000, 4000, 16000)
    #: statements in a program, about
    size: int = 150
    #: source to program
    assemble: Callable[[Isa, str], Program] = assemble


# -- random instructions --------------------------------------------------------------------------


def _writes(code: Code) -> Iterator[str]:
    """The registers that *code* writes; a file's own name where the element is not known."""
    for op in walk(code):
        if op.name == "set":
            yield op.imm.name
        elif op.name == "setx":
            file: RegFile = op.imm
            index = op.args[0]
            yield file.names[index.imm] if index.name == "const" else file.name


def _goes_on(isa: Isa, code: Code) -> bool:
    """Whether *code* does nothing but compute, and read in a space that is memory mostly."""
    reads = isa.space.bits <= 16
    refused = {"write", "attend", "done", "dispatch", "idle"} | (set() if reads else {"read"})
    return not jumps(isa, code) and all(op.name not in refused for op in walk(code))


class Pool:
    """The instructions of an ISA, or its packets, that may stand anywhere in a program."""

    def __init__(self, isa: Isa, keep: frozenset[str], last: int) -> None:
        self._isa = isa
        self._keep = keep
        self._last = last
        self._known: dict[object, bool] = {}
        self._variants = [v for v in isa.variants() if self._is_fit(_key(v), isa.trace(v))]

    def _is_fit(self, key: object, code: Code) -> bool:
        fit = _goes_on(self._isa, code) and not self._keep.intersection(_writes(code))
        self._known[key] = fit
        return fit

    def _fits(self, variant: Variant, units: tuple[int, ...]) -> bool:
        if not self._known[_key(variant)] or self._isa.unit == 8:
            return self._known[_key(variant)]
        if units not in self._known:  # what a wide word writes depends on all of it
            cpu = self._isa.cpu(Block(self._isa.cpu.clock))
            self._isa.apply(cpu, variant, units[0])
            self._is_fit(units, verify(optimise(cpu.block.finish())))
        return self._known[units]

    def _find(self, units: tuple[int, ...]) -> Variant | None:
        nodes, path = decoder(self._isa), ()
        while nodes[path].depth < len(units):
            target = nodes[path].find(units[nodes[path].depth])
            if not isinstance(target, tuple):
                return target
            path = target
        return None

    def _takes_packet(self, words: tuple[int, ...], rules: Packets) -> bool:
        if words not in self._known:
            self._known[words] = False
            if [rules.ends(word) for word in words] == [False] * (len(words) - 1) + [True]:
                with suppress(PacketError):
                    self._is_fit(words, packets.trace(self._isa, words))
        return self._known[words]

    def takes(self, data: bytes) -> bool:
        """Whether *data* is one of those."""
        size = self._isa.unit // 8
        units = tuple(
            int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)
        )
        if self._isa.packets is not None:
            return self._takes_packet(units, self._isa.packets)
        found = self._find(units)
        return (found and found.encoding.length == len(units) and self._fits(found, units)) or False

    def _draw(self, rng: random.Random) -> tuple[int, ...]:
        variant = rng.choice(self._variants)
        fields = {f.name: rng.getrandbits(f.width) & f.mask for f in variant.encoding.fields}
        return tuple(variant.encoding.encode(fields | variant.fields))

    def draw(self, rng: random.Random) -> bytes:
        """A random one."""
        rules = self._isa.packets
        while True:
            if rules is None:
                units = self._draw(rng)
            else:
                words = (self._draw(rng) for _ in range(rng.randrange(rules.most)))
                units = (*(word for (word,) in words), self._draw(rng)[0] | self._last)
            data = units_to_bytes(self._isa, units)
            if self.takes(data):
                return data

    def changeable(self, rng: random.Random) -> tuple[bytes, list[int]]:
        """An instruction, and bits of it that make another one of those."""
        while True:
            data = self.draw(rng)
            whole = int.from_bytes(data, "little")
            bits = [
                bit
                for bit in range(8 * len(data))
                if self.takes((whole ^ 1 << bit).to_bytes(len(data), "little"))
            ]
            if bits:
                return data, bits


def _key(variant: Variant) -> object:
    """Equal for variants that are the same."""
    return variant.encoding.text, tuple(variant.fields.items())


@lru_cache(maxsize=8)
def pool(isa: Isa, keep: frozenset[str], last: int) -> Pool:
    """The pool of an ISA, shared: it learns what words are."""
    return Pool(isa, keep, last)


# -- programs -------------------------------------------------------------------------------------

#: How often each kind of piece is chosen.
WEIGHTS = {
    "plain": 6,
    "loop": 4,
    "call": 3,
    "skip": 4,
    "table": 2,
    "load": 4,
    "store": 4,
    "toggle": 4,
    "gap": 2,
    "poll": 0.3,
    "special": 0.4,
}


@dataclass
class _Victim:
    """An instruction that is toggled."""

    label: str
    data: bytes
    bits: list[int]


class _Values(dict[str, str]):
    """The values of a template's fields, chosen when they are asked for."""

    def __init__(self, values: Mapping[str, str], choose: Callable[[str], str]) -> None:
        super().__init__(values)
        self._choose = choose

    def __missing__(self, name: str) -> str:
        self[name] = self._choose(name)
        return self[name]


class Writer:
    """Writes one random program."""

    def __init__(self, dialect: Dialect, rng: random.Random, polls: float) -> None:
        self._dialect = dialect
        self._rng = rng
        self._weights = {**WEIGHTS, "poll": polls}
        self._pool = pool(dialect.isa, dialect.keep, dialect.last)
        self._left = dialect.size
        self._count = 0
        self._cells = ["rounds"]
        self._gaps = [("data", DATA)]
        self._routines = [self._name("f") for _ in range(rng.randrange(2, 5))]
        self._unused = [
            _Victim(self._name("v"), *self._pool.changeable(rng))
            for _ in range(rng.randrange(2, 6))
        ]
        self._changing = rng.random() < 0.5  # what changes is left to the interpreter in time
        self._placed: list[_Victim] = []
        self._edges: list[_Victim] = []  # the first of a granule, with none before

    def source(self) -> str:
        """The program."""
        self._left = self._dialect.size // 2
        body = f"{self._gap()}\n{self._toggle()}\n{self._body(0, 0)}"
        code = [self._fill("round", body=body)]
        for number, label in enumerate(self._routines, 1):
            self._left += self._dialect.size // 2 // len(self._routines)
            body = self._gap() + self._body(1, number) + self._changed()
            code.append(self._fill("routine", label=label, body=body))
        while self._unused:
            label = self._name("u")
            code.append(self._fill("routine", label=label, body=self._changed()))
        cells = "\n".join(f"{cell}: {self._dialect.cell}" for cell in self._cells)
        frame = self._dialect.frame
        return frame.replace("{cells}", f"{cells}\ndata: ds {DATA}").replace(
            "{code}", "\n".join(code)
        )

    def program(self) -> Program:
        """The program, assembled."""
        return self._dialect.assemble(self._dialect.isa, self.source())

    # -- pieces -------------------------------------------------------------------------------

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _value(self, name: str) -> str:
        """A random value for the field *name* of a template."""
        rng = self._rng
        if name.startswith("r"):
            return rng.choice(self._dialect.registers)
        if name.startswith("p"):
            return f"p{rng.randrange(4)}"
        if name.startswith("cc"):
            return rng.choice(self._dialect.conditions)
        if name.startswith("at"):
            width = int(name[2:])
            label, size = rng.choice([gap for gap in self._gaps if gap[1] >= width])
            return f"{label}+{rng.randrange(size - width + 1)}"
        if name.startswith("label"):
            return self._name("l")
        if name == "cell":
            self._cells.append(self._name("c"))
            return self._cells[-1]
        assert name == "n", name
        return str(rng.randrange(256))

    def _fill(self, kind: str, **values: str) -> str:
        template = self._rng.choice(self._dialect.pieces[kind])
        self._left -= template.count("\n") + 1
        return template.format_map(_Values(values, self._value))

    def _plain(self) -> str:
        count = self._rng.randrange(1, 5)
        self._left -= count
        return "".join(_bytes(self._pool.draw(self._rng)) for _ in range(count))

    def _changed(self) -> str:
        """One of the instructions that are toggled, if there is one to place yet."""
        if not self._unused:
            return ""
        victim = self._unused.pop()
        self._placed.append(victim)
        return f"{victim.label}:\n{_bytes(victim.data)}"

    def _gap(self) -> str:
        """Bytes that no program counter comes to, and code right behind them."""
        over, gap = self._name("l"), self._name("g")
        size = self._rng.choice((1, 9, GAP, GAP))
        self._gaps.append((gap, size))
        align = 64 if size == GAP else self._dialect.isa.unit // 8
        jump = self._fill("go", label=over)
        changed = self._changed()
        if changed and size == GAP:
            self._edges.append(self._placed[-1])
        return f"{jump}\n{gap}: ds {size}\n align {align}\n{over}:\n{changed}"

    def _toggle(self) -> str:
        if not self._changing:
            return self._plain()
        kinds = [kind for kind in self._dialect.pieces if kind.startswith("toggle")]
        if self._edges and self._rng.random() < 0.75:  # from outside of the code into it
            victim, kind = self._rng.choice(self._edges), kinds[-1]
            bit, before = victim.bits[0], int(kind[6:]) - 1
        else:
            victim, kind = self._rng.choice(self._placed), self._rng.choice(kinds)
            bit, before = self._rng.choice(victim.bits), self._rng.randrange(int(kind[6:]))
        at = f"{victim.label}+{bit // 8 - before}"
        text = self._fill(kind, at=at, mask=str(1 << bit % 8 + 8 * before))
        if self._rng.random() < 0.05:
            return text
        return self._fill("seldom", mask=str(self._rng.choice((3, 7, 31))), body=text)

    def _body(self, depth: int, routine: int) -> str:
        """Pieces in a row: in so many loops, in the routine of that number (0: in none)."""
        pieces = []
        for _ in range(self._rng.randrange(2, 6)):
            if self._left > 0:
                pieces.append(self._piece(depth, routine))
        return "\n".join([*pieces, self._plain()])

    def _piece(self, depth: int, routine: int) -> str:
        rng, pieces = self._rng, self._dialect.pieces
        kind = rng.choices(list(self._weights), list(self._weights.values()))[0]
        if kind == "gap":
            return self._gap()
        if kind == "toggle":
            return self._toggle()
        if kind == "loop" and depth < 3:
            body = self._body(depth + 1, routine)
            return self._fill("loop", count=str(rng.randrange(2, 9)), body=body)
        if kind == "skip":
            return self._fill("skip", body=self._body(depth + 1, routine))
        if kind == "table":
            return self._table(depth, routine)
        if kind == "call" and routine < len(self._routines):
            return self._fill("call", label=rng.choice(self._routines[routine:]))
        if kind in pieces and kind not in ("loop", "call"):
            return self._fill(kind)
        return self._plain()

    def _table(self, depth: int, routine: int) -> str:
        """A jump by a table, each of its targets with some code, and an end for all."""
        count = self._rng.choice((2, 4))
        targets = [self._name("case") for _ in range(count)]
        end, cell = self._name("l"), self._rng.choice(self._cells)
        text = [self._fill("table", cell=cell, mask=str(count - 1), targets=", ".join(targets))]
        for target in targets:
            body = self._body(depth + 2, routine) if self._left > 0 else self._plain()
            text += [f"{target}:", body, self._fill("go", label=end)]
        return "\n".join([*text, f"{end}:"])


@dataclass(frozen=True)
class RandomProgram:
    """A program, and machines of :func:`boards.pest_board` that are about to run it."""

    isa: Isa
    symbols: dict[str, int]
    memory: bytes
    registers: dict[str, int]
    span: int

    def machine(self, engine: str, kind: type[Pest] = Pest) -> Machine:
        """A new one, equal to all others with such a pest."""
        machine = random_machine(self.isa, self.memory, self.registers, self.span, kind)
        machine.use(engine).wait()
        return machine


def random_program(dialect: Dialect, seed: int, polls: float = WEIGHTS["poll"]) -> RandomProgram:
    """The random program *seed* of a dialect; *polls* is how often it accesses the device."""
    rng = random.Random(f"{dialect.isa.name} {seed}")
    program = Writer(dialect, rng, polls).program()
    registers = {
        name: rng.getrandbits(reg.width)
        for name, reg in dialect.isa.cpu.registers.items()
        if isinstance(reg, Reg) and not reg.internal and name not in dialect.keep
        if not isinstance(reg, Line)
    }
    for file in dialect.isa.cpu.registers.values():
        if isinstance(file, RegFile):
            registers |= {n: rng.getrandbits(file.width) for n in file.names}
    registers[dialect.isa.pc.name] = program.symbols["main"]
    memory = program.image(0).ljust(0x10000, b"\0")
    span = rng.choice(dialect.spans)
    return RandomProgram(dialect.isa, program.symbols, memory, registers, span)


def _bytes(data: bytes) -> str:
    return f" db {', '.join(map(str, data))}\n"
