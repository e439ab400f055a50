"""Drop what nothing uses: pure ops and register reads whose values reach no effect."""

from __future__ import annotations

from emucore.ir.ops import OPS, Code


def drop_dead(code: Code) -> Code:
    """*code* without unused values; effects and bus accesses all stay."""
    used: set[int] = set()
    return _drop(code, used)


def _drop(code: Code, used: set[int]) -> Code:
    kept: Code = []
    for op in reversed(code):
        if op.body is not None:
            op.body = _drop(op.body, used)
            if not op.body:
                continue
        elif not OPS[op.name].effect and id(op) not in used:
            continue
        used.update(id(arg) for arg in op.args)
        kept.append(op)
    kept.reverse()
    return kept
