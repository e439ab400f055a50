"""The disassembler: bytes to the text that assembles to them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from emucore.assembler.choices import units_to_bytes
from emucore.assembler.syntax import WIDTHS, Form, Slot, grammar
from emucore.isa import Instruction, Isa, Names, Number, Relative, Variant
from emucore.isa.decode import decoder
from emucore.isa.operands import OperandError, Place, stored, written


@dataclass(frozen=True)
class Disassembled:
    """A line of a disassembly; ``variant`` is None for bytes that are no instruction, ``label`` is
    what its address is called, if it has a name.

    An instruction that the assembler would make of other bytes is shown as its bytes.
    """

    address: int
    data: bytes
    text: str
    variant: Variant | None
    label: str | None = None

    def __str__(self) -> str:
        label = f"{self.label}:\n" if self.label else ""
        return f"{label}{self.address:04x}  {self.data.hex(' '):12} {self.text}"


def disassemble(isa: Isa, data: bytes, address: int = 0) -> tuple[str, int]:
    """The text of the first instruction of *data*, and its length in bytes.

    What is no (whole) instruction is ``db`` of one unit.  *address* is where *data* is.
    """
    line = decode_one(isa, data, address)
    return line.text, len(line.data)


def listing(isa: Isa, data: bytes, address: int = 0) -> Iterator[Disassembled]:
    """*data* as lines, one instruction or ``db`` each."""
    at = 0
    while at < len(data):
        line = decode_one(isa, data[at : at + 32], address + at)
        yield line
        at += len(line.data)


#: The name of an address, if it has one.
NameOf = Callable[[int], str | None]


def decode_one(
    isa: Isa, data: bytes, address: int = 0, name_of: NameOf = lambda address: None
) -> Disassembled:
    """The first instruction of *data*, which is at *address*; addresses have the names that
    *name_of* gives them."""
    if not data:
        raise ValueError("no bytes to disassemble")
    size = isa.unit // 8
    units = [
        int.from_bytes(data[at : at + size], "big" if isa.space.big_endian else "little")
        for at in range(0, len(data) - size + 1, size)
    ]
    variant = find(isa, units)
    fields = variant.encoding.decode(units) if variant is not None else None
    label = name_of(address)
    if variant is None or fields is None:
        return Disassembled(address, data[:size], _data(isa, data[:size]), None, label)
    raw = units_to_bytes(isa, units[: variant.encoding.length])
    if variant.encoding.encode(fields) != units[: variant.encoding.length]:
        # bits that mean nothing are not as the assembler has them, and no text would tell
        return Disassembled(address, raw, _data(isa, raw), variant, label)
    text = _text(isa, variant.instruction, fields, address, name_of)
    return Disassembled(address, raw, text, variant, label)


def _data(isa: Isa, data: bytes) -> str:
    return "db " + ",".join(hexadecimal(isa, byte, 2) for byte in data)


def find(isa: Isa, units: list[int]) -> Variant | None:
    """The variant that *units* begin with; None where they are none, or cut off."""
    nodes = decoder(isa)
    path: tuple[int, ...] = ()
    while True:
        node = nodes[path]
        if node.depth >= len(units):
            return None
        found = node.find(units[node.depth])
        if not isinstance(found, tuple):
            return found
        path = found


def _text(
    isa: Isa, instruction: Instruction, fields: dict[str, int], address: int, name_of: NameOf
) -> str:
    place = Place(address, instruction.encoding.length * isa.unit // 8, isa.space.bits)
    widths = {f.name: f.width for f in instruction.encoding.fields}
    form = next(f for f in _forms(isa, instruction) if f.bound.items() <= fields.items())
    narrow = _narrower(isa, form, fields, place)
    text = instruction.syntax.partition(" ")[2]
    for element in form.elements:
        if isinstance(element, Slot):
            name = element.name
            spelling = _operand(isa, element, fields[name], widths[name], place, name_of)
            if narrow and isinstance(element.operand, Number) and widths[name] in _FORCE:
                spelling = f"{_FORCE[widths[name]]} {spelling}"
            text = text.replace(("+" if element.offset else "") + f"{{{name}}}", spelling)
    return f"{form.mnemonic} {text}".rstrip()


_FORCE = {width: word for word, width in WIDTHS.items()}


@lru_cache(maxsize=1 << 14)
def _forms(isa: Isa, instruction: Instruction) -> tuple[Form, ...]:
    return tuple(
        form
        for row in grammar(isa).forms.values()
        for form in row
        if form.instruction is instruction
    )


def _operand(isa: Isa, slot: Slot, raw: int, width: int, place: Place, name_of: NameOf) -> str:
    operand = slot.operand
    if isinstance(operand, Names):
        name = operand.names[raw] if raw < len(operand.names) else None
        return name if name is not None else hexadecimal(isa, raw)
    value = written(operand, width, raw, place)
    if isinstance(operand, Relative) or width >= min(isa.pc.width, place.bits):  # an address
        called = name_of(value)
        if called is not None and not slot.offset:
            return called
    sign = "-" if value < 0 else "+" if slot.offset else ""
    if isinstance(operand, Number) and (operand.base == 10 or operand.scale << width <= 10):
        return f"{sign}{abs(value)}"
    bits = place.bits if isinstance(operand, Relative) else width
    return sign + hexadecimal(isa, abs(value), (bits + 3) // 4)


def is_decimal(operand: Number, width: int) -> bool:
    """Whether a number is written in decimal: declared so, or never more than a digit."""
    return operand.base == 10 or operand.scale << width <= 10


def hexadecimal(isa: Isa, value: int, digits: int = 1) -> str:
    """*value* as the manufacturer writes it, padded to *digits* except behind 0x."""
    if isa.hexadecimal == "0x%s":
        return f"{value:#x}"
    text = f"{value:0{digits}x}"
    if not isa.hexadecimal.startswith("%s") or text[0].isdigit():
        return isa.hexadecimal % text
    return isa.hexadecimal % f"0{text}"


# -- where the text would assemble to something shorter -------------------------------------------


def _narrower(isa: Isa, form: Form, fields: dict[str, int], place: Place) -> bool:
    """Whether another form of the same text, stored in fewer bytes, fits these operands."""
    return any(
        all(_fits(isa, form, rival, fields, place, i) for i, e in enumerate(form.elements))
        for rival in _rivals(isa, form)
    )


@lru_cache(maxsize=1 << 14)
def _rivals(isa: Isa, form: Form) -> tuple[Form, ...]:
    """Shorter forms with the same mnemonic and literals and number operands at the same places."""

    def length(f: Form) -> int:
        return f.instruction.encoding.length if f.instruction is not None else 0

    return tuple(
        other
        for other in grammar(isa).forms[form.mnemonic]
        if other.instruction is not None
        and length(other) < length(form)
        and len(other.elements) == len(form.elements)
        and all(_alike(a, b) for a, b in zip(form.elements, other.elements, strict=True))
    )


def _alike(a: str | Slot, b: str | Slot) -> bool:
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    return isinstance(a.operand, Names) == isinstance(b.operand, Names)


def _fits(
    isa: Isa, form: Form, rival: Form, fields: dict[str, int], place: Place, index: int
) -> bool:
    mine, other = form.elements[index], rival.elements[index]
    if not isinstance(mine, Slot) or not isinstance(other, Slot):
        return True
    assert rival.instruction is not None
    raw = fields[mine.name]
    if isinstance(mine.operand, Names) or isinstance(other.operand, Names):
        return mine.operand == other.operand
    value = written(mine.operand, mine.width, raw, place)
    there = Place(place.address, rival.instruction.encoding.length * isa.unit // 8, place.bits)
    try:
        stored(other.operand, other.width, value, there)
    except OperandError:
        return False
    return True
