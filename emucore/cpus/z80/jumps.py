"""Jumps, calls, returns and restarts."""

from __future__ import annotations

from emucore.cpus.z80.cpu import Z80, get
from emucore.cpus.z80.encodings import op
from emucore.language.value import Value, select


def condition(cpu: Z80, cond: int) -> Value:
    """NZ Z NC C PO PE P M."""
    flag = (cpu.zf, cpu.cf, cpu.pf, cpu.sf)[cond >> 1]
    return flag if cond & 1 else ~flag


# -- jump group ----------------------------------------------------------------------------------


@op("11000011 nn:16", "jp {nn}")
def jp(cpu: Z80) -> None:
    cpu.jump(cpu.imm16())


@op("11 cond:3! 010 nn:16", "jp {cond},{nn}")
def jp_cond(cpu: Z80, cond: int) -> None:
    """WZ takes the target even where it does not jump."""
    cpu.wz = cpu.imm16()
    cpu.pc = select(condition(cpu, cond), cpu.wz, cpu.pc)


@op("11101001", "jp (HL)")
def jp_hl(cpu: Z80) -> None:
    cpu.pc = get(cpu, cpu.index.pair)


def relative(cpu: Z80, taken: Value) -> None:
    """The end of JR and DJNZ: go there if *taken*, which takes five states."""
    distance = cpu.imm8()
    with cpu.when(taken):
        cpu.tick(5)
        cpu.jump(cpu.pc + distance.sext(16))


@op("00011000 e:8", "jr {e}")
def jr(cpu: Z80) -> None:
    relative(cpu, cpu.const(1, 1))


@op("001 cond:2! 000 e:8", "jr {cond},{e}")
def jr_cond(cpu: Z80, cond: int) -> None:
    relative(cpu, condition(cpu, cond))


@op("00010000 e:8", "djnz {e}")
def djnz(cpu: Z80) -> None:
    cpu.tick(1)
    cpu.b = cpu.b - 1
    relative(cpu, cpu.b != 0)


# -- call and return group -----------------------------------------------------------------------


def call(cpu: Z80, target: Value) -> None:
    """Push the return address and go to *target*."""
    cpu.tick(1)
    cpu.push(cpu.pc)
    cpu.jump(target)


@op("11001101 nn:16", "call {nn}")
def call_nn(cpu: Z80) -> None:
    call(cpu, cpu.imm16())


@op("11 cond:3! 100 nn:16", "call {cond},{nn}")
def call_cond(cpu: Z80, cond: int) -> None:
    """WZ takes the target even where it does not call."""
    cpu.wz = cpu.imm16()
    with cpu.when(condition(cpu, cond)):
        call(cpu, cpu.wz)


@op("11 t:3! 111", "rst {t}")
def rst(cpu: Z80, t: int) -> None:
    call(cpu, cpu.const(8 * t, 16))


@op("11001001", "ret")
def ret(cpu: Z80) -> None:
    cpu.jump(cpu.pop())


@op("11 cond:3! 000", "ret {cond}")
def ret_cond(cpu: Z80, cond: int) -> None:
    cpu.tick(1)
    with cpu.when(condition(cpu, cond)):
        cpu.jump(cpu.pop())


def ret_from_interrupt(cpu: Z80) -> None:
    """RETI and RETN do the same; peripherals tell them apart on the bus."""
    cpu.jump(cpu.pop())
    cpu.iff1 = cpu.iff2
    cpu.attend()


op("11101101 01001101", "reti")(ret_from_interrupt)
op("11101101 01000101", "retn")(ret_from_interrupt)
op("11101101 01 k:3! 101", "*retn{k}", where=lambda k: k > 1)(ret_from_interrupt)
