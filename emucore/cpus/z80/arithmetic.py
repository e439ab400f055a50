"""8-bit and 16-bit arithmetic and logic, and the general-purpose group on A and the flags."""

from __future__ import annotations

from collections.abc import Callable

from emucore.cpus.z80.cpu import HL, Z80, get, put
from emucore.cpus.z80.encodings import op, register
from emucore.language.alu import Sum, add, sub
from emucore.language.value import Value, select


def result(value: Value, parity: Value | int | None = None) -> dict[str, Value | int]:
    """S, Z and bits 5 and 3 of a result; and P/V, by default its parity."""
    p = value.parity if parity is None else parity
    return {"s": value.msb, "z": value == 0, "y": value[5], "x": value[3], "p": p}


# -- 8-bit arithmetic and logical group ----------------------------------------------------------

OPERATIONS = ("add a,", "adc a,", "sub ", "sbc a,", "and ", "xor ", "or ", "cp ")
ADD, ADC, SUB, SBC, AND, XOR, OR, CP = range(8)


def accumulate(cpu: Z80, operation: int, operand: Value) -> None:
    """ADD ADC SUB SBC AND XOR OR CP, by the opcode's three bits."""
    a = cpu.a
    if operation in (AND, XOR, OR):
        value = {AND: a & operand, XOR: a ^ operand, OR: a | operand}[operation]
        cpu.flags(**result(value), h=int(operation == AND), n=0, c=0)
    else:
        carry = cpu.cf if operation in (ADC, SBC) else 0
        total = (add if operation in (ADD, ADC) else sub)(a, operand, carry)
        value = total.value
        n = int(operation not in (ADD, ADC))
        cpu.flags(**result(value, total.overflow), h=total.half, n=n, c=total.carry)
    if operation == CP:
        cpu.flags(y=operand[5], x=operand[3])  # not of the difference, which is nowhere to be seen
    else:
        cpu.a = value


for _number, _name in enumerate(OPERATIONS):

    @op(f"10 {_number:03b} s:3!", _name + "{s}", where=register)
    def _a_s(cpu: Z80, s: int, *, operation: int = _number) -> None:
        accumulate(cpu, operation, get(cpu, cpu.index.bytes[s]))

    @op(f"10 {_number:03b} 110 M", _name + "M")
    def _a_m(cpu: Z80, *, operation: int = _number) -> None:
        accumulate(cpu, operation, cpu.read(cpu.pointer()))

    @op(f"11 {_number:03b} 110 n:8", _name + "{n}")
    def _a_n(cpu: Z80, *, operation: int = _number) -> None:
        accumulate(cpu, operation, cpu.imm8())


def step(cpu: Z80, total: Sum) -> Value:
    """The flags of INC and DEC, which leave C; and the result."""
    n = int(total.subtracted)
    cpu.flags(**result(total.value, total.overflow), h=total.half, n=n)
    return total.value


for _bit, _name, _sum in ((0, "inc", add), (1, "dec", sub)):

    @op(f"00 r:3! 10{_bit}", _name + " {r}", where=register)
    def _step_r(cpu: Z80, r: int, *, by_one: Callable[..., Sum] = _sum) -> None:
        target = cpu.index.bytes[r]
        put(cpu, target, step(cpu, by_one(get(cpu, target), 1)))

    @op(f"00 110 10{_bit} M", _name + " M")
    def _step_m(cpu: Z80, *, by_one: Callable[..., Sum] = _sum) -> None:
        address = cpu.pointer()
        byte = cpu.read(address)
        cpu.tick(1)
        cpu.write(address, step(cpu, by_one(byte, 1)))


# -- 16-bit arithmetic group ---------------------------------------------------------------------


@op("00 p:2! 1001", "add HL,{p}")
def add_hl_p(cpu: Z80, p: int) -> None:
    """S, Z and P/V stay."""
    hl = get(cpu, cpu.index.pair)
    total = add(hl, get(cpu, cpu.index.words[p]))
    value = total.value
    cpu.tick(7)
    put(cpu, cpu.index.pair, value)
    cpu.wz = hl + 1
    cpu.flags(y=value[13], h=total.carry_into(12), x=value[11], n=0, c=total.carry)


for _bit, _name, _sum in ((1, "adc", add), (0, "sbc", sub)):

    @op(f"11101101 01 p:2! {_bit}010", _name + " hl,{p}")
    def _with_carry(cpu: Z80, p: int, *, combine: Callable[..., Sum] = _sum) -> None:
        total = combine(cpu.hl, get(cpu, HL.words[p]), cpu.cf)
        value = total.value
        cpu.tick(7)
        cpu.wz = cpu.hl + 1
        cpu.hl = value
        cpu.flags(s=value.msb, z=value == 0, y=value[13], h=total.carry_into(12))
        cpu.flags(x=value[11], p=total.overflow, n=int(total.subtracted), c=total.carry)


@op("00 p:2! 0011", "inc {p}")
def inc_p(cpu: Z80, p: int) -> None:
    cpu.tick(2)
    put(cpu, cpu.index.words[p], get(cpu, cpu.index.words[p]) + 1)


@op("00 p:2! 1011", "dec {p}")
def dec_p(cpu: Z80, p: int) -> None:
    cpu.tick(2)
    put(cpu, cpu.index.words[p], get(cpu, cpu.index.words[p]) - 1)


# -- general-purpose group -----------------------------------------------------------------------


@op("00100111", "daa")
def daa(cpu: Z80) -> None:
    """Undocumented Z80, 4.7: both digits are judged before either is corrected."""
    low = (cpu.a[:4] > 9) | cpu.hf
    high = (cpu.a > 0x99) | cpu.cf
    correction = select(low, cpu.const(0x06, 8), 0) | select(high, cpu.const(0x60, 8), 0)
    value = select(cpu.nf, cpu.a - correction, cpu.a + correction)
    cpu.flags(**result(value), h=(cpu.a ^ value)[4], c=high)
    cpu.a = value


@op("00101111", "cpl")
def cpl(cpu: Z80) -> None:
    cpu.a = ~cpu.a
    cpu.flags(y=cpu.a[5], h=1, x=cpu.a[3], n=1)


def neg(cpu: Z80) -> None:
    total = sub(cpu.const(0, 8), cpu.a)
    cpu.a = total.value
    cpu.flags(**result(cpu.a, total.overflow), h=total.half, n=1, c=total.carry)


op("11101101 01000100", "neg")(neg)
op("11101101 01 k:3! 100", "*neg{k}", where=lambda k: k > 0)(neg)


def carry(cpu: Z80, half: Value | int, value: Value | int) -> None:
    """SCF and CCF: bits 5 and 3 are A's, joined by the old ones unless F was just computed."""
    y, x = (cpu.yf & ~cpu.q) | cpu.a[5], (cpu.xf & ~cpu.q) | cpu.a[3]
    cpu.flags(y=y, h=half, x=x, n=0, c=value)


@op("00110111", "scf")
def scf(cpu: Z80) -> None:
    carry(cpu, 0, 1)


@op("00111111", "ccf")
def ccf(cpu: Z80) -> None:
    carry(cpu, cpu.cf, ~cpu.cf)
