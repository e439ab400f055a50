"""What every CPU's description is a class of."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

from emucore.base.former import Former
from emucore.ir.ops import Space
from emucore.language.block import Block
from emucore.language.registers import PINS, Out, Reg, RegFile
from emucore.language.value import Value, constant


class Cpu:
    """Base of every CPU description: the view of a CPU while its instructions are traced.

    A subclass declares registers, lines and views as class attributes, its address spaces as
    :class:`Space`, and verbs of its own bus (``fetch``, ``read`` …) over :attr:`block`.
    """

    #: What became of registers of earlier versions; see :mod:`emucore.history.former`.
    former: ClassVar[Former] = {}
    clock = Reg(64, internal=True)
    registers: ClassVar[dict[str, Reg | RegFile]] = {"clock": clock}
    #: Its output pins.
    outputs: ClassVar[dict[str, Out]] = {}

    def __init_subclass__(cls) -> None:
        found, outputs = dict(cls.registers), dict(cls.outputs)
        for item in vars(cls).values():
            if isinstance(item, (Reg, RegFile)):
                found[item.name] = item
            elif isinstance(item, Out):
                item.number = len(outputs)
                outputs[item.name] = item
        if len(outputs) > 1 << PINS.bits:
            raise TypeError(f"{cls.__name__} has more than {1 << PINS.bits} outputs")
        cls.registers, cls.outputs = found, outputs

    @classmethod
    def spaces(cls) -> dict[str, Space]:
        """Its address spaces by name, those of its base classes first, the pins last."""
        items = [item for base in reversed(cls.__mro__) for item in vars(base).values()]
        found = {item.name: item for item in items if isinstance(item, Space)}
        return {**found, PINS.name: PINS} if cls.outputs else found

    def __init__(self, block: Block | None = None) -> None:
        self.block = block or Block(type(self).clock)

    @property
    def now(self) -> Value:
        """The clock, in cycles."""
        return self.block.clock

    def tick(self, cycles: int) -> None:
        """Let cycles pass with no bus access."""
        self.block.tick(cycles)

    def idle(self, period: int) -> Value:
        """See :meth:`Block.idle`."""
        return self.block.idle(period)

    def when(self, cond: Value, *, rare: bool = False) -> AbstractContextManager[None]:
        """``with cpu.when(cond):`` runs the body at guest time where *cond* is 1.

        *rare* keeps a body of mere arithmetic behind a branch, instead of computing it always.
        """
        return self.block.when(cond, rare=rare)

    def done(self) -> None:
        """The instruction ends here."""
        self.block.done()

    def dispatch(self, unit: Value, path: tuple[int, ...] = ()) -> None:
        """Go on as the instruction whose units are *path* (prefixes) and then *unit*."""
        self.block.dispatch(unit, path)

    def fault(self) -> None:
        """Forget this instruction's register writes: a trap follows."""
        self.block.fault()

    def attend(self) -> None:
        """Look at interrupt lines and modes when this instruction ends."""
        self.block.attend(self.now)

    def attend_after_next(self) -> None:
        """In the boundary routine: look again when one more instruction has run."""
        self.block.attend(self.now + 1)

    def asserted(self, line: Value, at: Value | None = None) -> Value:
        """1 if *line* was asserted at or before the cycle *at* (now)."""
        return line <= (self.now if at is None else at)

    def const(self, number: int, width: int) -> Value:
        """A constant of *width* bits."""
        return constant(self.block, number, width)
