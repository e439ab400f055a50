"""Regions: the guest code around a hot address, traced instruction by instruction.

From the head, every instruction that is reached by known jumps, branches, calls and their returns
belongs to the region, up to a limit; loops and the subroutines they call become one piece of code.
Program bytes are constants here: whoever installs a region sees to it that they stay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from emucore.ir.ops import Code, Op, Space, signed, verify, walk
from emucore.ir.passes import optimise
from emucore.isa import Isa, Variant, packets
from emucore.isa.decode import decoder
from emucore.language.block import Block
from emucore.language.cpu import Cpu
from emucore.language.pending import PacketError
from emucore.language.registers import Reg
from emucore.language.value import Value, constant

#: Reads *n* bits of program at an address without side effects; None where that cannot be.
Peek = Callable[[int, int], int | None]


#: Micro-ops of the steps that a tracer remembers: each takes 170 bytes.
REMEMBERED = 1 << 17


class Untranslatable(Exception):
    """An instruction that must be left to the interpreter; the message says why.

    *missing* are addresses of program bytes that it lacks.
    """

    def __init__(self, reason: str, missing: Iterable[int] = ()) -> None:
        super().__init__(reason)
        self.missing = frozenset(missing)


class _ProgramBlock(Block):
    """A block whose program is known: fetches and operands at known addresses are constants."""

    def __init__(self, clock: Reg, program: Space, peek: Peek) -> None:
        super().__init__(clock)
        self._program = program
        self._peek = peek
        self.bytes: dict[int, int] = {}

    def read(self, space: Space, kind: str, address: Value, width: int = 8) -> Value:
        where = address.constant
        if space is not self._program or kind not in ("fetch", "operand") or where is None:
            return super().read(space, kind, address, width)
        value = self._peek(where, width)
        addresses = [where + i & (1 << space.bits) - 1 for i in range(width // 8)]
        if value is None:
            raise Untranslatable(f"no plain memory at {where:#x}", addresses)
        for i, at in enumerate(addresses):
            self.bytes[at] = value >> 8 * i & 0xFF
        return constant(self, value, width)


@dataclass
class Step:
    """One guest instruction at ``pc``: its micro-ops without the final ``set`` of pc.

    ``target`` is the op of the pc that follows; ``late`` the most cycles, without wait states,
    from its start to its end; ``ends`` is true if only the interpreter may go on after it.
    """

    pc: int
    code: Code
    target: Op | None
    late: int
    ends: bool
    bytes: dict[int, int]
    after: int

    @cached_property
    def size(self) -> int:
        """In micro-ops: about what it costs to compile."""
        return sum(1 for _ in walk(self.code))

    def successors(self) -> list[int]:
        """The addresses that may follow, where they are known."""
        return [] if self.target is None or self.ends else known(self.target)


@dataclass
class Region:
    """The steps by address; ``returns`` are addresses behind calls, which a return may reach.

    ``targets`` are where computed jumps have gone before, or where else it is to be entered;
    ``devices`` are instructions whose accesses have not been to memory; it is ``full`` if a larger
    limit could make it larger; its ``size`` is in micro-ops.
    """

    head: int
    steps: dict[int, Step] = field(default_factory=dict)
    returns: set[int] = field(default_factory=set)
    targets: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)
    full: bool = False
    size: int = 0
    #: addresses that were reached and cannot be translated, and why
    refused: dict[int, str] = field(default_factory=dict)
    #: program bytes that those lacked
    missing: set[int] = field(default_factory=set)

    @property
    def computed(self) -> set[int]:
        """Where a computed jump may go to within the region."""
        return self.returns | self.targets

    @property
    def bytes(self) -> dict[int, int]:
        """Address and value of every program byte it was made from."""
        return {a: b for step in self.steps.values() for a, b in step.bytes.items()}


def known(target: Op) -> list[int]:
    """The constants that *target* can be."""
    if target.name == "const":
        return [int(target.imm)]
    if target.name in ("select", "phi"):
        return known(target.args[1]) + known(target.args[2])
    return []


class Tracer:
    """The steps of a program, each traced once for as long as its bytes are what they were."""

    def __init__(self, isa: Isa, peek: Peek) -> None:
        self.isa = isa
        self.peek = peek
        self._steps: dict[int, Step] = {}
        self._size = 0  # of those that were traced since there were none
        self._true: set[int] = set()

    def look_again(self) -> None:
        """The program may have changed: what is known is compared with it, once for each step."""
        self._true.clear()

    def step(self, pc: int) -> Step:
        """The instruction at *pc*.  Raises :class:`Untranslatable`."""
        known = self._steps.get(pc)
        if known is not None and pc in self._true:
            return known
        if known is None or any(self.peek(a, 8) != byte for a, byte in known.bytes.items()):
            if self._size >= REMEMBERED:
                self._steps.clear()
                self._size = 0
            known = self._steps[pc] = trace_step(self.isa, pc, self.peek)
            self._size += known.size
        self._true.add(pc)
        return known


def discover(
    tracer: Tracer,
    head: int,
    limit: int,
    targets: Iterable[int] = (),
    devices: Iterable[int] = (),
) -> Region:
    """The region at *head*, which ends when it has *limit* micro-ops; empty if its first
    instruction is untranslatable.

    *targets* and *devices* are known from runs: see :class:`Region`.
    """
    region = Region(head, devices=set(devices))
    waiting, later = deque([head]), deque(targets)
    while (waiting or later) and region.size < limit:
        pc = (waiting or later).popleft()
        if pc in region.steps or pc in region.refused:
            continue
        try:
            step = tracer.step(pc)
        except Untranslatable as error:
            region.refused[pc] = str(error)
            region.missing |= error.missing
            continue
        region.steps[pc] = step
        region.size += step.size
        following = step.successors()
        waiting.extend(following)
        if step.after not in following and _links(step):
            region.returns.add(step.after)
            waiting.append(step.after)
    region.full = any(pc not in region.steps and pc not in region.refused for pc in waiting)
    region.targets = region.steps.keys() & set(targets)
    region.returns &= region.steps.keys()
    return region


def trace_step(isa: Isa, pc: int, peek: Peek) -> Step:
    """Trace the instruction at *pc*.  Raises :class:`Untranslatable`."""
    block = _ProgramBlock(isa.cpu.clock, isa.space, peek)
    cpu = isa.cpu(block)
    block.set(isa.pc, constant(block, pc, isa.pc.width))
    what = (_instruction if isa.packets is None else _packet)(isa, cpu, pc)
    code = verify(optimise(block.finish()))
    if any(op.name == "dispatch" for op in walk(code)):
        raise Untranslatable(f"{what} at {pc:#x} goes on as another opcode")
    if any(op.name in ("getx", "setx") and op.args[0].name != "const" for op in walk(code)):
        raise Untranslatable(f"{what} indexes registers at run time")
    goes_to = next((op.args[0] for op in code if op.name == "set" and op.imm is isa.pc), None)
    late = max((_latest(op.args[0]) for op in code if _sets_clock(isa, op)), default=0)
    ends = any(op.name == "attend" for op in walk(code)) or code[-1].name == "done"
    kept = [op for op in code if not (op.name == "set" and op.imm is isa.pc)]
    if kept and kept[-1].name == "done":
        kept.pop()
    after = _behind(pc, block.bytes, isa)
    if goes_to is None:
        goes_to = Op("const", isa.pc.width, imm=pc)
    return Step(pc, kept, goes_to, late, ends, block.bytes, after)


def _instruction(isa: Isa, cpu: Cpu, pc: int) -> str:
    """Trace the fetch and meaning of one instruction; its syntax."""
    path: tuple[int, ...] = ()
    while True:
        unit = isa.read_unit(cpu, path).constant
        if unit is None:
            raise Untranslatable(f"the opcode at {pc:#x} is not known")
        target = decoder(isa)[path].find(unit)
        if not isinstance(target, tuple):
            break
        path = target
    if not isinstance(target, Variant):
        raise Untranslatable(f"undefined opcode at {pc:#x}")
    isa.apply(cpu, target, unit)
    return target.instruction.syntax


def _packet(isa: Isa, cpu: Cpu, pc: int) -> str:
    """As :func:`_instruction`, of a packet."""
    words = [word.constant for word in packets.fetch(isa, cpu)]
    known = tuple(word for word in words if word is not None)
    if len(known) < len(words):
        raise Untranslatable(f"the packet at {pc:#x} is not known")
    try:
        packets.apply(isa, cpu, known)
    except PacketError as error:
        raise Untranslatable(f"{error}, at {pc:#x}") from None
    return "a packet"


def _sets_clock(isa: Isa, op: Op) -> bool:
    return op.name == "set" and op.imm is isa.cpu.clock


def _behind(pc: int, consumed: dict[int, int], isa: Isa) -> int:
    mask = (1 << isa.pc.width) - 1
    while pc in consumed:
        pc = pc + 1 & mask
    return pc


def _latest(op: Op) -> int:
    """The most that a clock value can be above the clock at the start, without wait states."""
    if op.name == "const":
        return signed(int(op.imm), 64)  # cycles may be taken back that are added again
    if op.name == "get":
        return 0
    if op.name == "after":
        return _latest(op.args[0].args[-1])
    if op.name == "add":
        return _latest(op.args[0]) + _latest(op.args[1])
    if op.name in ("select", "phi"):
        return max(_latest(op.args[1]), _latest(op.args[2]))
    raise Untranslatable(f"a clock computed by {op.name}")


def _links(step: Step) -> bool:
    """Whether *step* leaves somewhere known and keeps where it came from: a call."""
    if not step.successors():
        return False
    return any(op.name in ("write", "setx") for op in walk(step.code))
