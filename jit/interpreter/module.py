"""The interpreter of an ISA as LLVM IR: a handler for each instruction, and how they go on.

*Threaded*: a handler does its instruction, checks the budget, fetches and decodes the next opcode,
and jumps to its handler by a guaranteed tail call; clock, pc and the hot registers never leave host
registers on the way.  *Looped*, for hosts whose LLVM lacks the calling convention: a handler is a
plain C function that leaves everything in memory and returns to a loop.

Either way ``run(ptr cpu)`` begins with the boundary routine (interrupts, HALT) and returns when the
clock reaches the deadline.

*Hooked* handlers stop in front of instructions that have hooks as well (:mod:`emucore.body.hooks`).
"""

from __future__ import annotations

from collections.abc import Callable

from emucore.isa import Isa
from jit.interpreter import packet_handlers
from jit.interpreter.handlers import Handlers
from jit.interpreter.looped import Looped
from jit.interpreter.threaded import Linked, Threaded

_WAYS: dict[str, Callable[[Isa, bool], Handlers]] = {
    "threaded": Threaded,
    "looped": Looped,
    "linked": Linked,
}


def module(isa: Isa, way: str = "threaded", hooked: bool = False) -> str:
    """IR text of the whole interpreter; it defines ``run(ptr cpu)``.

    *way* is ``threaded``, ``looped``, or ``linked``: threaded, and jumps look for translated code
    (it then also defines the handlers ``dispatch`` and ``cold``).
    """
    if isa.packets is not None:
        return "\n".join(packet_handlers.WAYS[way](isa, hooked).text())
    return "\n".join(_WAYS[way](isa, hooked).text())
