"""Passes: micro-ops in, micro-ops out.  Each is a module with one function ``Code -> Code``.

Forwarding of registers, folding of constants and identities happen while tracing (a ``set`` is only
written when an instruction completes, so a block of many writes each register once); what is left
for passes is what needs the whole code before it.
"""

from __future__ import annotations

from emucore.ir.ops import Code
from emucore.ir.passes.common import merge_common
from emucore.ir.passes.dead import drop_dead


def optimise(code: Code) -> Code:
    """All passes, in the order that profits."""
    return drop_dead(merge_common(code))
