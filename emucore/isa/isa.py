"""An instruction set: encodings, syntax and meaning, from which every tool is derived.

    z80 = Isa("z80", Z80, title="Zilog Z80", pc=Z80.pc, space=Z80.mem)

    @z80.fetch
    def m1(cpu: Z80) -> Value: ...                 # how the next opcode unit is read

    @z80.op("10 001 r:3!", "adc a,{r}")
    def adc_a_r(cpu: Z80, r: int) -> None: ...     # what it does, operands and all

    @z80.boundary
    def interrupts(cpu: Z80) -> None: ...          # what happens between two instructions

A function's parameters are its fields: static ones ints, plain ones of a decoded unit values.
Fields of operand units are for assembler and disassembler; the function fetches them itself.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar

from emucore.ir.ops import Code, Space, verify
from emucore.ir.passes import optimise
from emucore.ir.passes.foresee import foresee
from emucore.isa.encoding import Encoding, Field, parse
from emucore.language.block import Block
from emucore.language.cpu import Cpu
from emucore.language.registers import Reg
from emucore.language.value import Value, cat

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Packets:
    """How a VLIW groups words: the last of a packet is told by ``ends(word)``, ``most`` at most.

    A packet takes ``cycles`` besides what its words take.
    """

    ends: Callable[[int], bool]
    most: int
    cycles: int = 1


class IsaError(Exception):
    """A description that contradicts itself (overlapping encodings, a field without meaning)."""


# -- how operands are written ------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """An operand written as one of *names*; None marks a number without a name.

    ``also`` are further names that the assembler takes, with their numbers (RISC-V: x0 for zero).
    """

    names: tuple[str | None, ...]
    also: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Number:
    """An operand written as an expression; ``scale`` is the step it is stored in.

    A field of *width* bits holds ``value / scale``; ``signed`` ones are two's complement.  In a
    field that keeps its low zero bits (RISC-V branches), ``align`` is the step values must have.
    """

    signed: bool = False
    scale: int = 1
    align: int = 1
    base: int = 16


@dataclass(frozen=True)
class Relative:
    """A jump target written as an address: signed distance from the instruction's end.

    ``from_start`` measures from its first byte (RISC-V) instead of behind its last (8-bit CPUs).
    """

    from_start: bool = False
    align: int = 1


Operand = Names | Number | Relative


@dataclass(frozen=True)
class Instruction:
    """One row of the manual: an encoding, its syntax and its meaning."""

    encoding: Encoding
    syntax: str
    function: Callable[..., None]
    where: Callable[..., bool] | None = None
    doc: str = ""

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Names of the fields that the function takes: positional parameters after the CPU."""
        parameters = list(inspect.signature(self.function).parameters.values())[1:]
        return frozenset(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)

    def statics(self) -> Iterator[dict[str, int]]:
        """Every combination of the static fields that exists."""
        fields = [f for f in self.encoding.fields if f.static]
        for values in itertools.product(*(range(1 << f.width) for f in fields)):
            binding = {f.name: v for f, v in zip(fields, values, strict=True)}
            if self.where is None or self.where(**binding):
                yield binding


@dataclass(frozen=True, eq=False)
class Variant:
    """An instruction with its static fields bound: one handler of an engine."""

    instruction: Instruction
    fields: dict[str, int]

    @property
    def encoding(self) -> Encoding:
        """The encoding of its instruction."""
        return self.instruction.encoding

    def pattern(self, unit: int) -> tuple[int, int]:
        """Mask and value of the bits of *unit* that tell this variant."""
        mask, value = self.encoding.masks[unit], self.encoding.values[unit]
        for f in self.encoding.fields:
            if f.static:
                for p in f.pieces:
                    if p.unit == unit:
                        ones = (1 << p.size) - 1
                        mask |= ones << p.unit_lo
                        value |= (self.fields[f.name] >> p.field_lo & ones) << p.unit_lo
        return mask, value

    def __repr__(self) -> str:
        return f"<{self.instruction.syntax} {self.fields}>"


@dataclass(eq=False, repr=False)
class Isa:
    """An instruction set over the registers of a :class:`Cpu` class.

    ``unit`` is the width of a fetch; ``space`` holds the program, ``pc`` its address;
    ``packets`` is there for a VLIW, whose words :mod:`emucore.isa.packets` traces.
    ``hexadecimal`` is how the manufacturer writes a hexadecimal number, ``%s`` its digits.
    ``aliases`` are pseudo-instructions: a syntax, and what it stands for (``;`` between several).
    ``elf`` is the CPU's number in ELF files, 0 where it has none.
    """

    name: str
    cpu: type[Cpu]
    title: str
    pc: Reg
    space: Space
    unit: int = 8
    packets: Packets | None = None
    hexadecimal: str = "0x%s"
    elf: int = 0
    aliases: list[tuple[str, str]] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    operands: dict[str, Operand] = field(default_factory=dict)
    prefixes: dict[tuple[int, ...], Callable[..., Value]] = field(default_factory=dict)
    _fetch: Callable[..., Value] | None = None
    _boundary: Callable[..., None] | None = None
    _undefined: Callable[..., None] | None = None

    def __repr__(self) -> str:
        return f"<Isa {self.name}>"

    def op(
        self,
        encoding: str,
        syntax: str,
        *,
        where: Callable[..., bool] | None = None,
    ) -> Callable[[F], F]:
        """Declare an instruction; *where* keeps only some values of its static fields.

        ``{name}`` in *syntax* is an operand, written as :attr:`operands` says for its name.
        """

        def declare(function: F) -> F:
            self.define(encoding, syntax, function, where=where)
            return function

        return declare

    def define(
        self,
        encoding: str,
        syntax: str,
        function: Callable[..., None],
        *,
        where: Callable[..., bool] | None = None,
    ) -> Instruction:
        """:meth:`op` as a plain call, for instructions made in a loop or from a grid."""
        parsed = parse(encoding, self.unit)
        described = function.func if isinstance(function, partial) else function
        doc = inspect.getdoc(described) or ""
        instruction = Instruction(parsed, syntax, function, where, doc)
        unknown = instruction.parameters - {f.name for f in parsed.fields}
        if unknown:
            raise IsaError(f"{syntax!r}: no field for parameter {', '.join(sorted(unknown))}")
        self.instructions.append(instruction)
        return instruction

    def fetch(self, function: F) -> F:
        """Declare how the next opcode unit is read: ``(cpu) -> Value`` of the unit's width."""
        self._fetch = function
        return function

    def prefix(self, *path: int) -> Callable[[F], F]:
        """Declare another way to read the unit that follows the units *path*."""

        def declare(function: F) -> F:
            self.prefixes[path] = function
            return function

        return declare

    def boundary(self, function: F) -> F:
        """Declare what happens between two instructions: interrupts, halting, shadows.

        It must change nothing where nothing is due: engines may call it at any boundary, and must
        call it at each that ``attend`` asked for, or a line that changes or whose time has come.
        ``cpu.done()`` in it means that it took the instruction's place.
        """
        self._boundary = function
        return function

    def undefined(self, function: F) -> F:
        """Declare what a unit that no encoding knows does."""
        self._undefined = function
        return function

    # -- tracing ----------------------------------------------------------------------------

    def variants(self) -> Iterator[Variant]:
        """Every instruction with every binding of its static fields."""
        for instruction in self.instructions:
            for binding in instruction.statics():
                yield Variant(instruction, binding)

    def trace(self, variant: Variant) -> Code:
        """The micro-ops of *variant*, after its opcode units were fetched."""
        cpu = self.cpu(Block(self.cpu.clock))
        self.apply(cpu, variant)
        return verify(optimise(cpu.block.finish()))

    def apply(self, cpu: Cpu, variant: Variant, word: int | None = None, slot: int = 0) -> None:
        """Trace *variant* into the block of *cpu*, behind what is there already.

        *word* is the unit that it was decoded from, where that is known: its fields are constants.
        *slot* is its place in a packet.
        """
        cpu.block.begin(word, slot)
        wanted = variant.instruction.parameters
        args: dict[str, Any] = {}
        for f in variant.encoding.fields:
            if f.name in wanted:
                args[f.name] = variant.fields[f.name] if f.static else _from_word(cpu, f, self.unit)
        variant.instruction.function(cpu, **args)

    def trace_fetch(self, path: tuple[int, ...] = ()) -> Code:
        """The micro-ops that read the unit after *path* and dispatch on it."""
        cpu = self.cpu(Block(self.cpu.clock))
        cpu.dispatch(self.read_unit(cpu, path), path)
        return verify(optimise(cpu.block.finish()))

    def read_unit(self, cpu: Cpu, path: tuple[int, ...] = ()) -> Value:
        """Trace the read of the unit after the units *path*."""
        fetch = self.prefixes.get(path, self._fetch)
        if fetch is None:
            raise IsaError(f"{self.name} has no @fetch")
        value: Value = fetch(cpu)
        return value

    def trace_boundary(self) -> Code:
        """The micro-ops of the boundary routine; empty if there is none."""
        return self._trace(self._boundary)

    def trace_foreseen(self) -> Code:
        """The boundary routine as far as it tells whether it would take an instruction's place:
        it ends in ``done`` then, and has no effects.
        """
        try:
            return foresee(self.trace_boundary())
        except ValueError as error:
            raise IsaError(f"{self.name}: {error}") from None

    def trace_undefined(self) -> Code:
        """The micro-ops of an undefined unit; empty (a no-op) if nothing was declared."""
        return self._trace(self._undefined)

    def apply_undefined(self, cpu: Cpu, word: int) -> None:
        """Trace what the undefined unit *word* does into the block of *cpu*."""
        cpu.block.begin(word)
        if self._undefined is not None:
            self._undefined(cpu)

    def _trace(self, function: Callable[..., None] | None) -> Code:
        cpu = self.cpu(Block(self.cpu.clock))
        if function is not None:
            function(cpu)
        return verify(optimise(cpu.block.finish()))

    def operand(self, name: str) -> Operand:
        """How the field *name* is written: declared, or an unsigned number."""
        return self.operands.get(name, Number())


def _from_word(cpu: Cpu, f: Field, unit: int) -> Value:
    """A plain field of the decoded unit, as a guest value."""
    word = cpu.block.word(unit)
    parts: list[tuple[int, Value]] = []
    for p in f.pieces:
        parts.append((p.field_lo, word[p.unit_lo : p.unit_lo + p.size]))
    return _join(cpu, sorted(parts, key=lambda part: -part[0]))


def _join(cpu: Cpu, parts: Sequence[tuple[int, Value]]) -> Value:
    """Pieces at their bit positions, gaps (such as a branch's bit 0) filled with zeros."""
    pieces: list[Value] = []
    below = parts[0][0] + parts[0][1].width
    for low, value in parts:
        gap = below - (low + value.width)
        if gap:
            pieces.append(cpu.const(0, gap))
        pieces.append(value)
        below = low
    if below:
        pieces.append(cpu.const(0, below))
    return cat(*pieces)
