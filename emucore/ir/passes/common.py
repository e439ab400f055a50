"""Merge ops that compute the same from the same, where the first is visible from the second."""

from __future__ import annotations

from collections.abc import Hashable

from emucore.ir.ops import OPS, Code, Op


def merge_common(code: Code) -> Code:
    """*code* with each pure computation done once on every path."""
    return _merge(code, {}, {})


def _merge(code: Code, known: dict[Hashable, Op], instead: dict[int, Op]) -> Code:
    """*known* are computations visible here; *instead* maps ops dropped to those that stay."""
    kept: Code = []
    for op in code:
        op.args = tuple(instead.get(id(arg), arg) for arg in op.args)
        if op.body is not None:
            # what the body computes is not visible after it
            op.body = _merge(op.body, dict(known), instead)
        elif OPS[op.name].fold is not None:
            key = (op.name, op.width, op.imm, *(id(arg) for arg in op.args))
            same = known.setdefault(key, op)
            if same is not op:
                instead[id(op)] = same
                continue
        kept.append(op)
    return kept
