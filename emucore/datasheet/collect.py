"""The datasheet's content, all of it taken from the description: no table is kept by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from emucore.datasheet.timing import durations
from emucore.disassembler import hexadecimal, is_decimal
from emucore.ir.ops import Code, Space, signed, walk
from emucore.isa import Instruction, Isa, Names, Number, Operand, Variant
from emucore.isa.decode import decoder
from emucore.language.registers import Line, Reg, RegFile, View


@dataclass(frozen=True)
class Register:
    """A register, a view of others, an input line or a file of registers.

    ``parts`` says what a view is made of, and names the members of a file.
    """

    name: str
    kind: str
    width: int
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """An instruction: ``cycles`` are all that its paths may take, empty where that varies.

    ``flags`` has one character a flag: ``*`` set by the result, ``0`` or ``1`` set so, ``-`` kept.
    ``length`` is in bytes.
    """

    syntax: str
    encoding: str
    length: int
    cycles: tuple[int, ...]
    flags: str
    doc: str


@dataclass(frozen=True)
class Grid:
    """An opcode map of 256 entries behind the units ``prefix``; empty where undefined."""

    prefix: tuple[int, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Datasheet:
    """All of it."""

    name: str
    title: str
    unit: int
    pc: str
    spaces: tuple[tuple[str, int], ...]
    registers: tuple[Register, ...]
    flags: tuple[str, ...]
    instructions: tuple[Row, ...]
    aliases: tuple[tuple[str, str], ...]
    grids: tuple[Grid, ...]

    def as_json(self) -> dict[str, Any]:
        """As dicts, lists, numbers and strings."""
        return asdict(self)


@lru_cache(maxsize=8)
def datasheet(isa: Isa) -> Datasheet:
    """The datasheet of *isa*.  A few seconds for a large one: every variant is traced."""
    flags = _flags(isa)
    return Datasheet(
        isa.name,
        isa.title,
        isa.unit,
        isa.pc.name,
        tuple((s.name, s.bits) for s in _spaces(isa)),
        _registers(isa),
        tuple(f.name for f in flags),
        tuple(_row(isa, instruction, flags) for instruction in isa.instructions),
        tuple(isa.aliases),
        _grids(isa) if isa.unit == 8 else (),
    )


# -- registers ----------------------------------------------------------------------------------


def _members(isa: Isa) -> dict[str, object]:
    """Class attributes of the CPU, those of its bases first."""
    found: dict[str, object] = {}
    for base in reversed(isa.cpu.__mro__):
        found.update(vars(base))
    return found


def _spaces(isa: Isa) -> list[Space]:
    return [item for item in _members(isa).values() if isinstance(item, Space)]


def _registers(isa: Isa) -> tuple[Register, ...]:
    rows = []
    for item in _members(isa).values():
        if isinstance(item, Line):
            rows.append(Register(item.name, "line", 1))
        elif isinstance(item, Reg):
            rows.append(
                Register(item.name, "internal" if item.internal else "register", item.width)
            )
        elif isinstance(item, RegFile):
            rows.append(Register(item.name, "file", item.width, item.names))
        elif isinstance(item, View) and item.name:
            rows.append(Register(item.name, "view", item.width, tuple(map(_part, item.parts))))
    order = ("register", "file", "view", "line", "internal")
    return tuple(sorted(rows, key=lambda row: order.index(row.kind)))


def _part(part: tuple[Reg, int, int] | int) -> str:
    if isinstance(part, int):
        return str(part)
    reg, lo, hi = part
    if hi - lo == reg.width:
        return reg.name
    return f"{reg.name}[{lo}]" if hi - lo == 1 else f"{reg.name}[{lo}:{hi}]"


def _flags(isa: Isa) -> list[Reg]:
    """The registers of the narrowest view that is nothing but at least four flags."""
    candidates = []
    for view in _members(isa).values():
        if isinstance(view, View):
            regs = [part[0] for part in view.parts if not isinstance(part, int)]
            if len(regs) >= 4 and all(reg.width == 1 for reg in regs):
                candidates.append((view.width, regs))
    return min(candidates, key=lambda c: c[0])[1] if candidates else []


# -- instructions -------------------------------------------------------------------------------


def _row(isa: Isa, instruction: Instruction, flags: list[Reg]) -> Row:
    variants = [Variant(instruction, binding) for binding in instruction.statics()]
    times = [durations(isa, variant) for variant in variants]
    effects = [_effects(isa.trace(variant), flags) for variant in variants]
    return Row(
        instruction.syntax,
        instruction.encoding.text,
        instruction.encoding.length * isa.unit // 8,
        tuple(sorted(set().union(*times))) if all(times) else (),
        "".join(map(_merge, zip(*effects, strict=True))),
        " ".join(instruction.doc.split()),
    )


def _merge(marks: tuple[str, ...]) -> str:
    """One mark for all variants."""
    return marks[0] if len(set(marks)) == 1 else "*"


def _effects(code: Code, flags: list[Reg]) -> str:
    """What *code* does to each flag."""
    marks: dict[Reg, str] = {}
    for op in walk(code):
        if op.name == "set" and op.imm in flags:
            value = op.args[0]
            mark = str(value.imm) if value.name == "const" else "*"
            marks[op.imm] = mark if marks.get(op.imm, mark) == mark else "*"
    return "".join(marks.get(flag, "-") for flag in flags)


# -- opcode maps ----------------------------------------------------------------------------------


def _grids(isa: Isa) -> tuple[Grid, ...]:
    nodes = decoder(isa)
    return tuple(
        Grid(path, tuple(_entry(isa, nodes[path].find(unit)) for unit in range(256)))
        for path in sorted(nodes, key=lambda path: (len(path), path))
    )


def _entry(isa: Isa, target: Variant | tuple[int, ...] | None) -> str:
    if target is None:
        return ""
    if isinstance(target, tuple):
        return "→ " + " ".join(f"{unit:02x}" for unit in target)
    text = target.instruction.syntax
    for field in target.encoding.fields:
        spelling = field.name
        if field.name in target.fields:
            spelling = _spell(isa, isa.operand(field.name), field.width, target.fields[field.name])
        text = text.replace(f"{{{field.name}}}", spelling)
    return text


def _spell(isa: Isa, operand: Operand, width: int, value: int) -> str:
    """A static field's value as the disassembler writes it."""
    if isinstance(operand, Names):
        name = operand.names[value]
        return name if name is not None else hexadecimal(isa, value)
    if isinstance(operand, Number):
        number = value * operand.scale
        return str(number) if is_decimal(operand, width) else hexadecimal(isa, number)
    return f"{signed(value, width):+}"
