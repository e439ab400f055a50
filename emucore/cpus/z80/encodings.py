"""How the Z80's instructions are declared: once, for HL and, behind the prefixes, for IX and IY.

Syntax is Zilog's.  What the manual leaves out is written with a ``*``, so that every encoding has
a text of its own:

    *dd.ld b,c         41 behind a DD that changes nothing; *fd. likewise
    *dd.ed             DD before another prefix (DD, ED or FD), which alone counts
    *neg1 … *neg7      other encodings of NEG, and so RETN and IM 0, 1, 2
    *ed.ld hl,(nn)     the ED encoding of what exists without it
    *nop 0x77          ED followed by an undefined opcode
    *bit 5,(ix+d),b    DD CB d 68, and so the other registers, which get no copy

SLL, IXH, IXL, RLC (IX+d),B, IN F,(C) and OUT (C),0 have no other spelling and go without.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from emucore.cpus.z80.cpu import HL, IX, IY, Z80, Index, z80
from emucore.isa import Names, Number, Relative

Meaning = TypeVar("Meaning", bound=Callable[..., None])

# operand fields: r and s are registers, p a pair, q a pair on the stack; behind a prefix they are
# rx or ry and so on.  n and nn are numbers, d a displacement, e a jump's target, b a bit's number
for _index, _suffix in ((HL, ""), (IX, "x"), (IY, "y")):
    _name = _index.name
    _halves = ("h", "l") if _index is HL else (_name + "h", _name + "l")
    z80.operands["r" + _suffix] = Names(("b", "c", "d", "e", *_halves, "(hl)", "a"))
    z80.operands["s" + _suffix] = z80.operands["r" + _suffix]
    z80.operands["p" + _suffix] = Names(("bc", "de", _name, "sp"))
    z80.operands["q" + _suffix] = Names(("bc", "de", _name, "af"))
z80.operands.update(
    d=Number(signed=True),
    e=Relative(),
    x=Names(("bc", "de")),
    t=Number(scale=8),
    cond=Names(("nz", "z", "nc", "c", "po", "pe", "p", "m")),
)

#: The fields that mean another register behind a prefix, and the values that do.
_INDEXED = {"r": (4, 5), "s": (4, 5), "p": (2,), "q": (2,)}

#: The field value that is (HL) and not a register.
MEMORY = 6


def register(**fields: int) -> bool:
    """A ``where``: neither r nor s is (HL)."""
    return MEMORY not in (fields.get("r"), fields.get("s"))


def op(
    encoding: str,
    syntax: str,
    *,
    where: Callable[..., bool] | None = None,
) -> Callable[[Meaning], Meaning]:
    """Declare an instruction; for an unprefixed one, declare it behind DD and FD as well.

    The function finds in ``cpu.index`` what HL is.  ``HL`` in *syntax* is HL, IX or IY; ``M`` is
    (HL), (IX+d) or (IY+d), and shows in *encoding* where the displacement goes.  H and L as fields
    mean IXH and IXL, except beside ``M``.
    """

    def declare(function: Meaning) -> Meaning:
        _define(encoding, syntax, function, where, HL)
        if not encoding.startswith(("11001011", "11101101")):
            _define(encoding, syntax, function, where, IX)
            _define(encoding, syntax, function, where, IY)
        return function

    return declare


def _define(
    encoding: str,
    syntax: str,
    function: Callable[..., None],
    where: Callable[..., bool] | None,
    index: Index,
) -> None:
    """Declare an instruction as *index* has it; behind a prefix, with and without its effect."""
    literal = "M" in syntax or "HL" in syntax
    fields = [] if "M" in syntax or index is HL else [f for f in _INDEXED if f"{{{f}}}" in syntax]
    memory = "(hl)" if index is HL else f"({index.name}+{{d}})"
    encoding = encoding.replace(" M", "" if index is HL else " d:8")
    syntax = syntax.replace("HL", index.name).replace("M", memory)
    if index is HL:
        z80.define(encoding, syntax, meaning(function, HL, {}), where=where)
        return
    encoding = f"{index.prefix:08b} {encoding}"
    old: dict[str, str] = {}
    for name in fields:
        new = name + index.name[1]
        old[new] = name
        encoding = encoding.replace(f"{name}:", f"{new}:")
        syntax = syntax.replace(f"{{{name}}}", f"{{{new}}}")
    run = meaning(function, index, old)
    ignored = f"*{index.prefix:02x}.{syntax}"
    if literal or not fields:
        text = syntax if literal else ignored
        z80.define(encoding, text, run, where=_where(where, old, None))
    else:
        z80.define(encoding, syntax, run, where=_where(where, old, True))
        z80.define(encoding, ignored, run, where=_where(where, old, False))


def _where(
    where: Callable[..., bool] | None, old: dict[str, str], effective: bool | None
) -> Callable[..., bool]:
    """*where*, and that the prefix makes a field another register (or does not; None: either)."""

    def check(**fields: int) -> bool:
        values = {old.get(name, name): value for name, value in fields.items()}
        touched = any(values[name] in _INDEXED[name] for name in old.values())
        return effective in (touched, None) and (where is None or where(**values))

    return check


def meaning(
    function: Callable[..., None], index: Index, old: dict[str, str]
) -> Callable[..., None]:
    """*function* with *index* for HL, told what fields were called before, and Q kept by it."""
    new = {name: renamed for renamed, name in old.items()}
    signature = inspect.signature(function)
    parameters = [p.replace(name=new.get(n, n)) for n, p in signature.parameters.items()]

    @wraps(function)
    def run(cpu: Z80, **fields: int) -> None:
        cpu.index = index
        function(cpu, **{old.get(name, name): value for name, value in fields.items()})
        cpu.q = int(cpu.flagged)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return run
