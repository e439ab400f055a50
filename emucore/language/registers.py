"""A CPU's registers, declared as class attributes and read as values while tracing.

    class Z80(Cpu):
        a = Reg(8, hot=True)
        bc = Reg(16, hot=True)
        b, c = bc[8:16], bc[0:8]        # views: no storage of their own
        sf, zf, cf = Reg(1), Reg(1), Reg(1)
        f = View(sf, zf, 0, cf)         # bits joined, the first on top; ints are fixed bits

Storage is one field of the machine's arena a register: 1, 2, 4 or 8 bytes, the least that hold it.
"""

from __future__ import annotations

from typing import Any, Protocol, Self, overload

from emucore.ir.ops import Space, mask
from emucore.language.value import Builder, Value, cat, constant, fit

#: ``asserted_at`` of a line that is not asserted: later than any clock.
NEVER = (1 << 63) - 1


def storage(width: int) -> int:
    """Bytes that hold *width* bits: 1, 2, 4 or 8."""
    return next(size for size in (1, 2, 4, 8) if width <= 8 * size)


class Accesses(Builder, Protocol):
    """What reads and writes registers: :class:`emucore.language.block.Block`."""

    def get(self, reg: Reg) -> Value:
        """The register's value."""

    def set(self, reg: Reg, value: Value | int) -> None:
        """Write it."""

    def getx(self, file: RegFile, index: Value | int) -> Value:
        """The value of an element."""

    def setx(self, file: RegFile, index: Value | int, value: Value | int) -> None:
        """Write an element."""

    def newx(self, file: RegFile, index: Value | int) -> Value:
        """What its packet gives the element."""

    def write(self, space: Space, kind: str, address: Value, value: Value) -> None:
        """Write to a bus."""


class Traced(Protocol):
    """Whose registers they are: a :class:`emucore.language.cpu.Cpu`."""

    @property
    def block(self) -> Accesses:
        """Where the micro-ops go."""


class _Named:
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Named as its attribute; a ``_`` that keeps off a Python name (``int_``) is dropped.

        Where the class has that name too, it is part of the name (``bc_`` beside ``bc``).
        """
        if not self.name:
            plain = name.rstrip("_")
            self.name = name if plain in vars(owner) else plain


class Reg(_Named):
    """A register of *width* bits.

    ``hot`` registers are carried in host registers by the compiled engines (as many as the host
    has, in order of declaration).  ``init`` is its value at power-on.  ``internal`` registers are
    state that no program sees (latches, interrupt shadows): debuggers list them last.
    """

    def __init__(
        self, width: int, *, hot: bool = False, init: int = 0, internal: bool = False
    ) -> None:
        if not 1 <= width <= 64 or not 0 <= init <= mask(width):
            raise ValueError(f"a register of {width} bits with initial value {init}")
        self.width = width
        self.hot = hot
        self.init = init
        self.internal = internal

    @overload
    def __get__(self, cpu: None, owner: type) -> Self: ...
    @overload
    def __get__(self, cpu: Traced, owner: type) -> Value: ...
    def __get__(self, cpu: Traced | None, owner: type) -> Any:
        return self if cpu is None else cpu.block.get(self)

    def __set__(self, cpu: Traced, value: Value | int) -> None:
        cpu.block.set(self, value)

    def __getitem__(self, bits: slice) -> View:
        lo, hi = bits.start or 0, bits.stop or self.width
        return View((self, lo, hi))

    def __repr__(self) -> str:
        return f"Reg({self.name}:{self.width})"


class Wired(Reg):
    """A register that the board writes too, at any access of the CPU to its buses."""

    def __init__(self) -> None:
        super().__init__(64, init=NEVER, internal=True)


class Line(Wired):
    """An input line (interrupt, reset, wait): the clock cycle from which it is asserted.

    :data:`NEVER` while it is not.  That may be a cycle to come, at which engines call the boundary
    routine: so ask by ``cpu.asserted(cpu.irq)`` (now, or at an earlier cycle), not for NEVER.
    A level line follows its wire; an ``edge`` line latches the wire's assertion until the CPU sets
    it back to :data:`NEVER`.
    """

    def __init__(self, *, edge: bool = False) -> None:
        super().__init__()
        self.edge = edge
        #: Where the assertion before the present one began and ended, if that is kept.
        self.before: tuple[Wired, Wired] | None = None

    def past(self) -> tuple[Wired, Wired]:
        """Two registers for the last time that this level line was asserted and is no more: the
        cycles in which that began and ended.

            irq = Line()
            irq_since, irq_until = irq.past()

        For a CPU that polls before its instruction's last access, which may end the assertion.
        """
        self.before = Wired(), Wired()
        return self.before


#: The space that a CPU's outputs are written to: who drives them, and when, is an access like any.
PINS = Space("pins", bits=4, page_bits=4)


class Out(_Named):
    """An output pin of the CPU, or several as a number of at most 8 bits: HALT, a port.

        halt = Out()                    # cpu.halt = 1 asserts it, cpu.halt = 0 no more

    Descriptions write it, and cannot read it back: what it follows from is in registers.  Devices
    that a board wires to it are told at that cycle; where it is wired to nothing, it costs a store.
    """

    def __init__(self, width: int = 1) -> None:
        if not 1 <= width <= 8:
            raise ValueError(f"an output of {width} bits")
        self.width = width
        self.number = 0

    def __set__(self, cpu: Traced, value: Value | int) -> None:
        if isinstance(value, int):
            value = constant(cpu.block, value, self.width)
        if value.width != self.width:
            raise TypeError(f"{value.width} bits assigned to {self.name} of {self.width}")
        number = constant(cpu.block, self.number, PINS.bits)
        cpu.block.write(PINS, "out", number, fit(value, 8))


class View(_Named):
    """Bits of registers joined into one value, the first part on top.

    A part is a register, ``(register, lo, hi)``, another view, or an int: one fixed bit, which
    reads as itself and ignores writes.
    """

    def __init__(self, *parts: Reg | View | int | tuple[Reg, int, int]) -> None:
        self.parts: list[tuple[Reg, int, int] | int] = []
        for part in parts:
            if isinstance(part, Reg):
                self.parts.append((part, 0, part.width))
            elif isinstance(part, View):
                self.parts.extend(part.parts)
            else:
                self.parts.append(part)

    @property
    def width(self) -> int:
        """Number of bits."""
        return sum(1 if isinstance(p, int) else p[2] - p[1] for p in self.parts)

    @overload
    def __get__(self, cpu: None, owner: type) -> Self: ...
    @overload
    def __get__(self, cpu: Traced, owner: type) -> Value: ...
    def __get__(self, cpu: Traced | None, owner: type) -> Any:
        if cpu is None:
            return self
        return cat(
            *(
                constant(cpu.block, p, 1)
                if isinstance(p, int)
                else cpu.block.get(p[0])[p[1] : p[2]]
                for p in self.parts
            )
        )

    def __set__(self, cpu: Traced, value: Value | int) -> None:
        if isinstance(value, int):
            value = constant(cpu.block, value, self.width)
        if value.width != self.width:
            raise TypeError(f"{value.width} bits assigned to {self.name} of {self.width}")
        top = self.width
        for part in self.parts:
            size = 1 if isinstance(part, int) else part[2] - part[1]
            if not isinstance(part, int):
                insert(cpu, part, value[top - size : top])
            top -= size


def insert(cpu: Traced, part: tuple[Reg, int, int], bits: Value) -> None:
    """Set bits lo..hi-1 of a register, keeping the others."""
    reg, lo, hi = part
    pieces = []
    old = cpu.block.get(reg) if hi - lo < reg.width else bits
    if hi < reg.width:
        pieces.append(old[hi:])
    pieces.append(bits)
    if lo > 0:
        pieces.append(old[:lo])
    cpu.block.set(reg, cat(*pieces))


class RegFile(_Named):
    """*count* registers of *width* bits, indexed by a number or a guest value.

    Register number ``zero`` always reads 0 and ignores writes (RISC-V x0).  ``names`` are the
    registers' names in a debugger; by default the file's name and the number.  *count* is a power
    of two, so that no guest value, cut to the index's bits, reaches behind the file.
    """

    def __init__(
        self, width: int, count: int, *, zero: int | None = None, names: tuple[str, ...] = ()
    ) -> None:
        if not 1 <= width <= 64 or count < 1 or count & (count - 1):
            raise ValueError(f"a register file of {count} times {width} bits")
        if names and len(names) != count:
            raise ValueError(f"{len(names)} names for {count} registers")
        self.width = width
        self.count = count
        self.zero = zero
        self._names = names

    @property
    def names(self) -> tuple[str, ...]:
        """One name a register."""
        return self._names or tuple(f"{self.name}{i}" for i in range(self.count))

    @overload
    def __get__(self, cpu: None, owner: type) -> Self: ...
    @overload
    def __get__(self, cpu: Traced, owner: type) -> BoundFile: ...
    def __get__(self, cpu: Traced | None, owner: type) -> Any:
        return self if cpu is None else BoundFile(self, cpu)

    def __repr__(self) -> str:
        return f"RegFile({self.name}:{self.count}x{self.width})"


class BoundFile:
    """A register file of a CPU being traced: ``cpu.x[rd] = cpu.x[rs1] + 1``."""

    def __init__(self, file: RegFile, cpu: Traced) -> None:
        self.file = file
        self.cpu = cpu

    def __getitem__(self, index: Value | int) -> Value:
        return self.cpu.block.getx(self.file, index)

    def __setitem__(self, index: Value | int, value: Value | int) -> None:
        self.cpu.block.setx(self.file, index, value)

    def new(self, index: Value | int) -> Value:
        """In a packet: the value that the packet gives the element (Hexagon's ``.new``)."""
        return self.cpu.block.newx(self.file, index)
