"""Other spellings that assemblers take: the accumulator named or not, JP without parentheses."""

from __future__ import annotations

from emucore.cpus.z80.cpu import z80
from emucore.isa import Names

z80.operands["half"] = Names(("ixh", "ixl", "iyh", "iyl"))

for _operand in ("{s}", "{half}", "{n}", "(ix+{d})", "(iy+{d})"):
    for _name in ("add", "adc", "sbc"):
        z80.aliases.append((f"{_name} {_operand}", f"{_name} a,{_operand}"))
    for _name in ("sub", "and", "xor", "or", "cp"):
        z80.aliases.append((f"{_name} a,{_operand}", f"{_name} {_operand}"))
for _name in ("hl", "ix", "iy"):
    z80.aliases.append((f"jp {_name}", f"jp ({_name})"))
