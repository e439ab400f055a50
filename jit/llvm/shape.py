"""How the state of an ISA is laid out for compiled code."""

from __future__ import annotations

from dataclasses import dataclass, field

from emucore.isa import Isa
from emucore.language.registers import Reg
from emucore.plan.cpu_layout import offsets
from emucore.plan.plan import tables_at


@dataclass
class Shape:
    """How an ISA's state is laid out for compiled code: offsets, tables, hot registers."""

    isa: Isa
    hot: list[Reg]
    #: whether stores look at the marks of translated code (see :mod:`jit.llvm.dispatch_table`)
    marked: bool = False
    offsets: dict[str, int] = field(init=False)
    tables: dict[str, tuple[int, int, int]] = field(init=False)

    def __post_init__(self) -> None:
        cpu = self.isa.cpu
        self.offsets = offsets(cpu)
        self.tables = {}
        at = tables_at(cpu)
        for number, space in enumerate(cpu.spaces().values()):
            length = 8 * max(1, space.pages)
            self.tables[space.name] = (number, at, at + length)
            at += 2 * length

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """LLVM type and name of each handler argument, in order.

        Hot registers are zero-extended to 64 bits: the convention passes nothing else in registers.
        """
        word = [("i64", "%word.in")] if self.isa.unit > 8 else []
        return [
            ("ptr", "%cpu"),
            ("i64", "%clock"),
            *(("i64", f"%{r.name}.in") for r in self.hot),
            *word,
        ]


def shape(isa: Isa, most: int = 8, *, marked: bool = False) -> Shape:
    """The shape with at most *most* hot registers, in order of declaration."""
    hot = [r for r in isa.cpu.registers.values() if isinstance(r, Reg) and r.hot]
    return Shape(isa, hot[:most], marked)
