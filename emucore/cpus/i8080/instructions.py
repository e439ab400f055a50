"""The 8080's instructions, in the order of chapter 4 of the User's Manual.

The twelve opcodes that the manual leaves out do what the silicon does: 08 10 18 20 28 30 38 are
NOP, CB is JMP, D9 RET, and DD ED FD are CALL.
"""

from __future__ import annotations

from emucore.cpus.i8080.cpu import I8080, i8080
from emucore.isa import Names
from emucore.language.alu import add, sub
from emucore.language.registers import Reg, View
from emucore.language.value import Value, cat, select

REGISTERS = Names(("b", "c", "d", "e", "h", "l", "m", "a"))
M = 6
i8080.operands.update(
    r=REGISTERS,
    d=REGISTERS,
    s=REGISTERS,
    rp=Names(("b", "d", "h", "sp")),
    qq=Names(("b", "d", "h", "psw")),
    x=Names(("b", "d")),
    cond=Names(("nz", "z", "nc", "c", "po", "pe", "p", "m")),
)

_REGISTER: tuple[Reg | View, ...] = (
    *(I8080.b, I8080.c, I8080.d, I8080.e, I8080.h, I8080.l),
    View(),
    I8080.a,
)
_PAIR: tuple[Reg | View, ...] = (I8080.bc, I8080.de, I8080.hl, I8080.sp)
_STACKED: tuple[Reg | View, ...] = (I8080.bc, I8080.de, I8080.hl, I8080.psw)


def get(cpu: I8080, reg: Reg | View) -> Value:
    """The value of a register chosen while decoding."""
    return reg.__get__(cpu, I8080)


def source(cpu: I8080, r: int) -> Value:
    """Register *r*, or M read from memory."""
    return cpu.read(cpu.hl) if r == M else get(cpu, _REGISTER[r])


def store(cpu: I8080, r: int, value: Value) -> None:
    """Register *r*, or M written to memory."""
    if r == M:
        cpu.write(cpu.hl, value)
    else:
        _REGISTER[r].__set__(cpu, value)


def condition(cpu: I8080, cond: int) -> Value:
    """NZ Z NC C PO PE P M."""
    flag = (cpu.z, cpu.cy, cpu.p, cpu.s)[cond >> 1]
    return flag if cond & 1 else ~flag


# -- data transfer group -------------------------------------------------------------------------


@i8080.op("01 d:3! s:3!", "mov {d},{s}", where=lambda d, s: not d == s == M)
def mov(cpu: I8080, d: int, s: int) -> None:
    if M not in (d, s):
        cpu.tick(1)
    store(cpu, d, source(cpu, s))


@i8080.op("00 r:3! 110 n:8", "mvi {r},{n}")
def mvi(cpu: I8080, r: int) -> None:
    store(cpu, r, cpu.imm8())


@i8080.op("00 rp:2! 0001 nn:16", "lxi {rp},{nn}")
def lxi(cpu: I8080, rp: int) -> None:
    _PAIR[rp].__set__(cpu, cpu.imm16())


@i8080.op("00111010 nn:16", "lda {nn}")
def lda(cpu: I8080) -> None:
    cpu.a = cpu.read(cpu.imm16())


@i8080.op("00110010 nn:16", "sta {nn}")
def sta(cpu: I8080) -> None:
    cpu.write(cpu.imm16(), cpu.a)


@i8080.op("00101010 nn:16", "lhld {nn}")
def lhld(cpu: I8080) -> None:
    cpu.hl = cpu.read16(cpu.imm16())


@i8080.op("00100010 nn:16", "shld {nn}")
def shld(cpu: I8080) -> None:
    cpu.write16(cpu.imm16(), cpu.hl)


@i8080.op("000 x:1! 1010", "ldax {x}")
def ldax(cpu: I8080, x: int) -> None:
    cpu.a = cpu.read(get(cpu, _PAIR[x]))


@i8080.op("000 x:1! 0010", "stax {x}")
def stax(cpu: I8080, x: int) -> None:
    cpu.write(get(cpu, _PAIR[x]), cpu.a)


@i8080.op("11101011", "xchg")
def xchg(cpu: I8080) -> None:
    cpu.hl, cpu.de = cpu.de, cpu.hl


# -- arithmetic and logical groups ---------------------------------------------------------------


def result(cpu: I8080, value: Value) -> None:
    """S, Z and P of a result."""
    cpu.s, cpu.z, cpu.p = value.msb, value == 0, value.parity


def accumulate(cpu: I8080, operation: int, operand: Value) -> None:
    """ADD ADC SUB SBB ANA XRA ORA CMP, by the opcode's three bits."""
    a = cpu.a
    if operation in (0, 1):
        total = add(a, operand, cpu.cy if operation == 1 else 0)
        value, cpu.cy, cpu.ac = total.value, total.carry, total.half
    elif operation in (2, 3, 7):
        total = sub(a, operand, cpu.cy if operation == 3 else 0)
        value, cpu.cy, cpu.ac = total.value, total.carry, ~total.half  # AC is no borrow: A + ~B + 1
    elif operation == 4:
        value, cpu.cy, cpu.ac = a & operand, cpu.const(0, 1), (a | operand)[3]
    else:
        value = a ^ operand if operation == 5 else a | operand
        cpu.cy = cpu.ac = cpu.const(0, 1)
    result(cpu, value)
    if operation != 7:
        cpu.a = value


for _number, _name in enumerate(("add", "adc", "sub", "sbb", "ana", "xra", "ora", "cmp")):
    _immediate = ("adi", "aci", "sui", "sbi", "ani", "xri", "ori", "cpi")[_number]

    @i8080.op(f"10 {_number:03b} r:3!", f"{_name} {{r}}")
    def _register(cpu: I8080, r: int, *, operation: int = _number) -> None:
        accumulate(cpu, operation, source(cpu, r))

    @i8080.op(f"11 {_number:03b} 110 n:8", f"{_immediate} {{n}}")
    def _with_byte(cpu: I8080, *, operation: int = _number) -> None:
        accumulate(cpu, operation, cpu.imm8())


@i8080.op("00 r:3! 100", "inr {r}")
def inr(cpu: I8080, r: int) -> None:
    if r != M:
        cpu.tick(1)
    total = add(source(cpu, r), 1)
    store(cpu, r, total.value)
    cpu.ac = total.half
    result(cpu, total.value)


@i8080.op("00 r:3! 101", "dcr {r}")
def dcr(cpu: I8080, r: int) -> None:
    if r != M:
        cpu.tick(1)
    total = sub(source(cpu, r), 1)
    store(cpu, r, total.value)
    cpu.ac = ~total.half
    result(cpu, total.value)


@i8080.op("00 rp:2! 0011", "inx {rp}")
def inx(cpu: I8080, rp: int) -> None:
    cpu.tick(1)
    _PAIR[rp].__set__(cpu, get(cpu, _PAIR[rp]) + 1)


@i8080.op("00 rp:2! 1011", "dcx {rp}")
def dcx(cpu: I8080, rp: int) -> None:
    cpu.tick(1)
    _PAIR[rp].__set__(cpu, get(cpu, _PAIR[rp]) - 1)


@i8080.op("00 rp:2! 1001", "dad {rp}")
def dad(cpu: I8080, rp: int) -> None:
    total = add(cpu.hl, get(cpu, _PAIR[rp]))
    cpu.hl, cpu.cy = total.value, total.carry
    cpu.tick(6)


@i8080.op("00100111", "daa")
def daa(cpu: I8080) -> None:
    """Page 4-8.  Both digits are judged before either is corrected."""
    low = (cpu.a[:4] > 9) | cpu.ac
    high = (cpu.a > 0x99) | cpu.cy
    correction = select(low, cpu.const(0x06, 8), 0) | select(high, cpu.const(0x60, 8), 0)
    total = add(cpu.a, correction)
    cpu.a, cpu.ac, cpu.cy = total.value, total.half, high
    result(cpu, total.value)


@i8080.op("00000111", "rlc")
def rlc(cpu: I8080) -> None:
    cpu.a, cpu.cy = cat(cpu.a[:7], cpu.a[7]), cpu.a[7]


@i8080.op("00001111", "rrc")
def rrc(cpu: I8080) -> None:
    cpu.a, cpu.cy = cat(cpu.a[0], cpu.a[1:]), cpu.a[0]


@i8080.op("00010111", "ral")
def ral(cpu: I8080) -> None:
    cpu.a, cpu.cy = cat(cpu.a[:7], cpu.cy), cpu.a[7]


@i8080.op("00011111", "rar")
def rar(cpu: I8080) -> None:
    cpu.a, cpu.cy = cat(cpu.cy, cpu.a[1:]), cpu.a[0]


@i8080.op("00101111", "cma")
def cma(cpu: I8080) -> None:
    cpu.a = ~cpu.a


@i8080.op("00111111", "cmc")
def cmc(cpu: I8080) -> None:
    cpu.cy = ~cpu.cy


@i8080.op("00110111", "stc")
def stc(cpu: I8080) -> None:
    cpu.cy = 1


# -- branch group --------------------------------------------------------------------------------


@i8080.op("11000011 nn:16", "jmp {nn}")
@i8080.op("11001011 nn:16", "*jmp {nn}")
def jmp(cpu: I8080) -> None:
    cpu.pc = cpu.imm16()


@i8080.op("11 cond:3! 010 nn:16", "j{cond} {nn}")
def jcond(cpu: I8080, cond: int) -> None:
    target = cpu.imm16()
    cpu.pc = select(condition(cpu, cond), target, cpu.pc)


def enter(cpu: I8080, target: Value) -> None:
    """Push the return address and go to *target*."""
    cpu.push(cpu.pc)
    cpu.pc = target


@i8080.op("11001101 nn:16", "call {nn}")
@i8080.op("11 k:2! 1101 nn:16", "*call{k} {nn}", where=lambda k: k > 0)
def call(cpu: I8080) -> None:
    cpu.tick(1)
    enter(cpu, cpu.imm16())


@i8080.op("11 cond:3! 100 nn:16", "c{cond} {nn}")
def ccond(cpu: I8080, cond: int) -> None:
    cpu.tick(1)
    target = cpu.imm16()
    with cpu.when(condition(cpu, cond)):
        enter(cpu, target)


@i8080.op("11001001", "ret")
@i8080.op("11011001", "*ret")
def ret(cpu: I8080) -> None:
    cpu.pc = cpu.pop()


@i8080.op("11 cond:3! 000", "r{cond}")
def rcond(cpu: I8080, cond: int) -> None:
    cpu.tick(1)
    with cpu.when(condition(cpu, cond)):
        cpu.pc = cpu.pop()


@i8080.op("11 t:3! 111", "rst {t}")
def rst(cpu: I8080, t: int) -> None:
    cpu.tick(1)
    enter(cpu, cpu.const(8 * t, 16))


@i8080.op("11101001", "pchl")
def pchl(cpu: I8080) -> None:
    cpu.tick(1)
    cpu.pc = cpu.hl


# -- stack, I/O and machine control group --------------------------------------------------------


@i8080.op("11 qq:2! 0101", "push {qq}")
def push(cpu: I8080, qq: int) -> None:
    cpu.tick(1)
    cpu.push(get(cpu, _STACKED[qq]))


@i8080.op("11 qq:2! 0001", "pop {qq}")
def pop(cpu: I8080, qq: int) -> None:
    _STACKED[qq].__set__(cpu, cpu.pop())


@i8080.op("11100011", "xthl")
def xthl(cpu: I8080) -> None:
    word = cpu.read16(cpu.sp)
    cpu.write(cpu.sp + 1, cpu.h)
    cpu.write(cpu.sp, cpu.l)
    cpu.tick(2)
    cpu.hl = word


@i8080.op("11111001", "sphl")
def sphl(cpu: I8080) -> None:
    cpu.tick(1)
    cpu.sp = cpu.hl


@i8080.op("11011011 n:8", "in {n}")
def in_(cpu: I8080) -> None:
    cpu.a = cpu.input(cpu.imm8())


@i8080.op("11010011 n:8", "out {n}")
def out(cpu: I8080) -> None:
    cpu.output(cpu.imm8(), cpu.a)


@i8080.op("11111011", "ei")
def ei(cpu: I8080) -> None:
    cpu.inte = 1
    cpu.ei_shadow = 1
    cpu.attend()


@i8080.op("11110011", "di")
def di(cpu: I8080) -> None:
    cpu.inte = 0


@i8080.op("01110110", "hlt")
def hlt(cpu: I8080) -> None:
    cpu.halted = 1
    cpu.tick(3)
    cpu.attend()


@i8080.op("00000000", "nop")
@i8080.op("00 k:3! 000", "*nop{k}", where=lambda k: k > 0)
def nop(cpu: I8080) -> None:
    """Nothing, in four states."""
