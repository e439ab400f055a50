"""An instruction set: its instructions, how they are encoded, decoded and written."""

from emucore.isa.isa import (
    Instruction,
    Isa,
    IsaError,
    Names,
    Number,
    Operand,
    Packets,
    Relative,
    Variant,
)

__all__ = [
    "Instruction",
    "Isa",
    "IsaError",
    "Names",
    "Number",
    "Operand",
    "Packets",
    "Relative",
    "Variant",
]
