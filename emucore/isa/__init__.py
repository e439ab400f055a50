"""An instruction set: its instructions, how they are encoded, decoded and written."""

from emucore.base.renamed import names_of
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

__getattr__ = names_of(__name__)
