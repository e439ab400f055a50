"""What happens between two instructions: RESET, NMI, INT in its modes, and the wait of HALT."""

from __future__ import annotations

from emucore.cpus.z80.control import SECOND_PREFIXES
from emucore.cpus.z80.cpu import Z80, z80
from emucore.cpus.z80.jumps import call
from emucore.language.registers import NEVER
from emucore.language.value import cat

CALL = 0xCD


@z80.boundary
def between(cpu: Z80) -> None:
    """Interrupts are looked at when an instruction is complete, prefixes and all."""
    with cpu.when(cpu.asserted(cpu.reset)):
        restart(cpu)
        cpu.done()
    for prefix in SECOND_PREFIXES:
        with cpu.when(cpu.prefix == prefix):
            cpu.prefix = 0
            cpu.attend_after_next()
            cpu.dispatch(cpu.fetch(), (prefix,))
    with cpu.when(cpu.asserted(cpu.nmi)):
        accept_nmi(cpu)
        cpu.done()
    ready = cpu.iff1 & ~cpu.ei & cpu.asserted(cpu.int_)
    with cpu.when(ready):
        accept_int(cpu)
        cpu.done()
    with cpu.when(cpu.ei):
        cpu.ei = 0
        cpu.attend_after_next()
    cpu.p = 0
    with cpu.when(cpu.halted):
        cpu.q = 0
        cpu.peek("fetch")  # of what is behind HALT, and in its place NOP is executed
        cpu.done()


def leave(cpu: Z80) -> None:
    """Whatever the last instruction left behind is over when an interrupt is accepted."""
    with cpu.when(cpu.halted):
        cpu.halt = 0
    cpu.halted = cpu.ei = cpu.p = cpu.q = cpu.const(0, 1)
    cpu.iff1 = 0


def restart(cpu: Z80) -> None:
    """RESET: 3 states at least, and only the control registers change (User Manual, pin RESET)."""
    leave(cpu)
    cpu.reset = NEVER
    cpu.prefix = 0
    cpu.pc = 0
    cpu.i = cpu.r = cpu.const(0, 8)
    cpu.iff2 = 0
    cpu.im = 0
    cpu.tick(3)


def accept_nmi(cpu: Z80) -> None:
    """11 states: an M1 whose opcode is ignored, and RST 0x66.  IFF2 keeps what IFF1 was."""
    leave(cpu)
    cpu.nmi = NEVER
    cpu.peek("dummy")
    call(cpu, cpu.const(0x66, 16))


def accept_int(cpu: Z80) -> None:
    """The byte of the hardware is an opcode in mode 0, a vector's low half in mode 2.

    Mode 0 takes 6 states and those of the instruction behind its M1, 13 with RST; its CALL gets
    the address in the two bytes that follow.  Mode 1 takes 13 states and mode 2 takes 19.
    """
    cpu.pf = cpu.pf & ~cpu.p  # LD A,I shows the IFF2 that is being reset (Undocumented Z80, 5.4)
    leave(cpu)
    cpu.iff2 = 0
    byte = cpu.acknowledge()
    with cpu.when(cpu.im == 0):
        with cpu.when(byte == CALL):
            low = cpu.acknowledged(1)
            call(cpu, cat(cpu.acknowledged(2), low))
            cpu.done()
        cpu.dispatch(byte)
    with cpu.when(cpu.im == 1):
        call(cpu, cpu.const(0x38, 16))
        cpu.done()
    cpu.tick(1)
    cpu.push(cpu.pc)
    cpu.jump(cpu.read16(cat(cpu.i, byte)))
