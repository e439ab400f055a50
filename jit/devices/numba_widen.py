"""The compiler of device functions: elements of arrays are 64 bits wide once they are read.

As in Python, the difference of two bytes can be negative then; numba by itself computes with
unsigned elements in unsigned arithmetic.
"""

from __future__ import annotations

from typing import Any

from numba import types as nt
from numba.core import ir
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import IRProcessing
from numba.extending import intrinsic

from jit.devices.numba_frontend import FrontEnd


@intrinsic
def widen(typing: Any, value: Any) -> Any:
    """A number as 64 bits; anything else as it is."""
    wide = value
    if isinstance(value, nt.Integer):
        wide = nt.int64
    elif isinstance(value, nt.Float):
        wide = nt.float64

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, args[0], value, wide)

    return wide(value), code


@register_pass(mutates_CFG=False, analysis_only=False)
class Widen(FunctionPass):
    """Puts a call of :func:`widen` around each element that is read."""

    _name = "widen_elements"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            block.body = [new for old in block.body for new in self._widened(old)]
        return True

    def _widened(self, old: Any) -> list[Any]:
        read = getattr(getattr(old, "value", None), "op", "")
        if not isinstance(old, ir.Assign) or read not in ("getitem", "static_getitem"):
            return [old]
        scope: Any = old.target.scope
        loc = old.loc
        element, function = scope.redefine("element", loc), scope.redefine("widen", loc)
        call = ir.Expr.call(function, (element,), (), loc)
        return [
            ir.Assign(old.value, element, loc),
            ir.Assign(ir.Global("widen", widen, loc), function, loc),
            ir.Assign(call, old.target, loc),
        ]


class Widening(FrontEnd):
    """The usual passes, and that one."""

    def passes(self) -> Any:
        """The passes, in order."""
        passes = super().passes()
        passes.add_pass_after(Widen, IRProcessing)
        return passes
