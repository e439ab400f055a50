"""Foresee a boundary routine: whether it would take the next instruction's place, nothing done."""

from __future__ import annotations

from emucore.ir.ops import Code, Op
from emucore.ir.passes.dead import drop_dead

_TERMINALS = ("done", "dispatch")


def foresee(code: Code) -> Code:
    """*code* without its effects; it ends in ``done`` where *code* ends in a terminal.

    *code* is changed.  Raises :class:`ValueError` if it uses the bus and falls off its end all the
    same: what a device would answer cannot be foreseen.
    """
    return drop_dead(_strip(code))


def _strip(code: Code) -> Code:
    kept: Code = []
    for op in code:
        if op.name in ("read", "write"):
            raise ValueError("a boundary routine uses the bus, and lets the instruction begin")
        if op.name in ("set", "setx", "attend"):
            continue
        if op.body is not None:  # however it gets to a terminal, it does
            ends = op.body[-1].name in _TERMINALS
            op.body = [Op("done", 0)] if ends else _strip(op.body)
        kept.append(Op("done", 0) if op.name in _TERMINALS else op)
    return kept
