"""RV32: registers, memory accesses and traps.

Time: an instruction takes one cycle, and so does whatever passes in its place (a trap taken by an
interrupt, a cycle asleep in WFI).  ``minstret`` is therefore the clock less the cycles in which
nothing retired, and no instruction has to count itself.  (A bus with wait states would have to
have them subtracted too.)
"""

from __future__ import annotations

from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Line, Reg, RegFile, View
from emucore.language.value import Value, cat, select

#: Exception codes, volume II, table 3.6.
MISALIGNED_FETCH, ILLEGAL, BREAKPOINT, ECALL_FROM_M = 0, 2, 3, 11

#: Interrupt codes, and the bits of mip and mie (section 3.1.9).
MSI, MTI, MEI = 3, 7, 11

ABI_NAMES = (
    *("zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2"),
    *("s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5"),
    *("a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7"),
    *("s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"),
)


def fixed(number: int, width: int = 32) -> View:
    """A read-only view that reads as *number*."""
    return View(*(number >> bit & 1 for bit in reversed(range(width))))


class Counter:
    """Half of a 64-bit counter that advances with the clock; *offset* is their difference.

    It reads as the number of cycles completed before the instruction that reads it, and what is
    written to it is what the next instruction reads.
    """

    def __init__(self, offset: Reg, low: int) -> None:
        self.offset = offset
        self.low = low

    def __get__(self, cpu: RV32, owner: type) -> Value:
        return self._whole(cpu)[self.low : self.low + 32]

    def __set__(self, cpu: RV32, value: Value) -> None:
        old = self._whole(cpu)
        new = cat(value, old[:32]) if self.low else cat(old[32:], value)
        cpu.block.set(self.offset, new - cpu.now)

    def _whole(self, cpu: RV32) -> Value:
        return cpu.now - 1 + cpu.block.get(self.offset)  # the fetch has let this cycle pass


class RV32(Cpu):
    """The hart.  Attributes named as a CSR are that CSR (see :mod:`emucore.cpus.rv32.system`)."""

    mem = Space("mem", bits=32, page_bits=16)

    pc = Reg(32, hot=True)  # while an instruction executes, the address behind it
    x = RegFile(32, 32, zero=0, names=ABI_NAMES)

    mstatus_mie, mstatus_mpie = Reg(1), Reg(1)
    mstatus = View(
        *(fixed(0, 19), fixed(0b11, 2), fixed(0, 3)),  # MPP is M, the only mode
        *(mstatus_mpie, fixed(0, 3), mstatus_mie, fixed(0, 3)),
    )
    mstatush = fixed(0)
    misa = fixed(1 << 30 | 1 << ord("I") - ord("A") | 1 << ord("M") - ord("A"))
    mie_meie, mie_mtie, mie_msie = Reg(1), Reg(1), Reg(1)
    mie = View(fixed(0, 20), mie_meie, fixed(0, 3), mie_mtie, fixed(0, 3), mie_msie, fixed(0, 3))
    mtvec_base, mtvec_mode = Reg(30), Reg(1)
    mtvec = View(mtvec_base, 0, mtvec_mode)
    mscratch = Reg(32)
    mepc_word = Reg(30)
    mepc = View(mepc_word, 0, 0)
    mcause = Reg(32)
    mtval = Reg(32)
    mvendorid = marchid = mimpid = mhartid = mconfigptr = fixed(0)
    mcountinhibit = fixed(0)  # no counter can be stopped
    tselect = tdata1 = tdata2 = fixed(0)  # type 0: no trigger (Debug Support 0.13.2, 5.2.2)

    mcycle_offset = Reg(64, internal=True)
    minstret_offset = Reg(64, internal=True)
    mcycle, mcycleh = Counter(mcycle_offset, 0), Counter(mcycle_offset, 32)
    minstret, minstreth = Counter(minstret_offset, 0), Counter(minstret_offset, 32)
    cycle, cycleh, instret, instreth = mcycle, mcycleh, minstret, minstreth

    waiting = Reg(1, internal=True)  # asleep in WFI
    msip, mtip, meip = Line(), Line(), Line()
    reset = Line(edge=True)
    reset_vector = Reg(32, internal=True)  # where the board has a reset begin

    @property
    def time(self) -> Value:
        """mtime as the platform's timer shows it: the clock."""
        return self.now[:32]

    @property
    def timeh(self) -> Value:
        """High half of :attr:`time`."""
        return self.now[32:]

    @property
    def pending(self) -> tuple[Value, Value, Value]:
        """MEIP, MTIP and MSIP as their lines are now."""
        return self.asserted(self.meip), self.asserted(self.mtip), self.asserted(self.msip)

    @property
    def mip(self) -> Value:
        """Interrupts pending; devices set and clear them, writes to the CSR do not."""
        meip, mtip, msip = self.pending
        gap = self.const(0, 3)
        return cat(self.const(0, 20), meip, gap, mtip, gap, msip, gap)

    @mip.setter
    def mip(self, value: Value) -> None:
        pass

    # -- memory -------------------------------------------------------------------------------

    def load(self, address: Value, width: int) -> Value:
        """*width* bits at *address*, of any alignment."""
        return self.block.read(self.mem, "read", address, width)

    def store(self, address: Value, value: Value) -> None:
        """Write *value*, as wide as it is, at *address*, of any alignment."""
        self.block.write(self.mem, "write", address, value)

    # -- control ------------------------------------------------------------------------------

    @property
    def here(self) -> Value:
        """The address of this instruction."""
        return self.pc - 4

    def jump(self, target: Value) -> None:
        """Go to *target*; one that is not a multiple of 4 traps and nothing else happens."""
        with self.when(target[1]):
            self.trap(MISALIGNED_FETCH, target)
        self.pc = target

    def trap(self, cause: int, value: Value | int = 0) -> None:
        """Instead of this instruction, enter the handler for exception *cause* (3.1.15-17)."""
        here = self.here
        self.fault()
        self.enter_handler(self.const(cause, 32), here)
        self.mtval = value
        self.pc = cat(self.mtvec_base, self.const(0, 2))
        self.done()

    def enter_handler(self, cause: Value, epc: Value) -> None:
        """What exceptions and interrupts have in common; nothing retires."""
        self.mcause, self.mepc = cause, epc
        self.mstatus_mpie, self.mstatus_mie = self.mstatus_mie, 0
        self.minstret_offset = self.minstret_offset - 1


rv32 = Isa("rv32", RV32, title="RISC-V RV32IM", pc=RV32.pc, space=RV32.mem, unit=32, elf=243)


@rv32.fetch
def fetch(cpu: RV32) -> Value:
    """Every instruction is one word and takes one cycle."""
    word = cpu.block.read(cpu.mem, "fetch", cpu.pc, 32)
    cpu.pc = cpu.pc + 4
    cpu.tick(1)
    return word


@rv32.undefined
def illegal(cpu: RV32) -> None:
    """A word that is no instruction; mtval gets the word."""
    cpu.trap(ILLEGAL, cpu.block.word(32))


@rv32.boundary
def interrupts(cpu: RV32) -> None:
    """Between instructions: reset; the most urgent enabled interrupt (3.1.9); WFI waits."""
    with cpu.when(cpu.asserted(cpu.reset)):  # section 3.4
        cpu.reset = NEVER
        cpu.pc = cpu.reset_vector
        cpu.mstatus_mie = 0
        cpu.mcause = 0
        cpu.waiting = 0
        cpu.minstret_offset = cpu.minstret_offset - 1
        cpu.tick(1)
        cpu.done()
    meip, mtip, msip = cpu.pending
    external, timer, software = meip & cpu.mie_meie, mtip & cpu.mie_mtie, msip & cpu.mie_msie
    due = external | timer | software
    with cpu.when(due):
        cpu.waiting = 0
    with cpu.when(due & cpu.mstatus_mie):
        number = select(external, MEI, select(software, MSI, cpu.const(MTI, 31)))
        cpu.enter_handler(cat(cpu.const(1, 1), number), cpu.pc)
        cpu.mtval = 0
        offset = select(cpu.mtvec_mode, number[:30], 0)
        cpu.pc = cat(cpu.mtvec_base + offset, cpu.const(0, 2))
        cpu.tick(1)
        cpu.done()
    with cpu.when(cpu.waiting):
        cpu.minstret_offset = cpu.minstret_offset - 1
        cpu.tick(1)
        cpu.done()
