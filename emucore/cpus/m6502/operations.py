"""What the 6502 computes, apart from how it reaches its operand.

Four kinds, by the shape of their bus accesses:

* loads take the byte that was read;
* stores give the byte to write;
* modifies make a new byte from the one that was read;
* implied ones touch registers only.

Undocumented ones are mostly two of the documented at once, for the decoder's ROM looks at two bits
of the opcode separately ("NMOS 6510 Unintended Opcodes", groepaz; the vectors agree).
"""

from __future__ import annotations

from emucore.cpus.m6502.cpu import M6502
from emucore.language.alu import add, sub
from emucore.language.value import Value, cat, select

#: What the data bus adds in XAA and LXA: it varies from chip to chip, the vectors' had this.
MAGIC = 0xEE


def nz(cpu: M6502, value: Value) -> Value:
    """*value*, after N and Z were set by it."""
    cpu.n, cpu.z = value.msb, value == 0
    return value


# -- loads -----------------------------------------------------------------------------------------


def lda(cpu: M6502, byte: Value) -> None:
    cpu.a = nz(cpu, byte)


def ldx(cpu: M6502, byte: Value) -> None:
    cpu.x = nz(cpu, byte)


def ldy(cpu: M6502, byte: Value) -> None:
    cpu.y = nz(cpu, byte)


def ora(cpu: M6502, byte: Value) -> None:
    cpu.a = nz(cpu, cpu.a | byte)


def and_(cpu: M6502, byte: Value) -> None:
    cpu.a = nz(cpu, cpu.a & byte)


def eor(cpu: M6502, byte: Value) -> None:
    cpu.a = nz(cpu, cpu.a ^ byte)


def bit(cpu: M6502, byte: Value) -> None:
    cpu.n, cpu.v, cpu.z = byte[7], byte[6], (cpu.a & byte) == 0


def adc(cpu: M6502, byte: Value) -> None:
    """In decimal mode Z is the binary sum's; N and V are those before the high digit's correction
    (6502.org, "Decimal Mode", appendix A)."""
    a, carry = cpu.a, cpu.c
    total = add(a, byte, carry)
    cpu.a = nz(cpu, total.value)
    cpu.c, cpu.v = total.carry, total.overflow
    with cpu.when(cpu.d & cpu.DECIMAL, rare=True):
        low = a[:4].zext(5) + byte[:4].zext(5) + carry.zext(5)
        half = low > 9
        high = a[4:].zext(5) + byte[4:].zext(5) + half.zext(5)
        cpu.n, cpu.c = high[3], high > 9
        cpu.v = (a.msb ^ high[3]) & (byte.msb ^ high[3])
        cpu.a = cat(_corrected(high, 6, cpu.c), _corrected(low, 6, half))


def sbc(cpu: M6502, byte: Value) -> None:
    """In decimal mode all flags are those of the binary difference."""
    a, borrow = cpu.a, ~cpu.c
    total = sub(a, byte, borrow)
    cpu.a = nz(cpu, total.value)
    cpu.c, cpu.v = ~total.carry, total.overflow
    with cpu.when(cpu.d & cpu.DECIMAL, rare=True):
        low = a[:4].zext(5) - byte[:4].zext(5) - borrow.zext(5)
        high = a[4:].zext(5) - byte[4:].zext(5) - low[4].zext(5)
        cpu.a = cat(_corrected(high, -6, high[4]), _corrected(low, -6, low[4]))


def _corrected(digit: Value, by: int, where: Value) -> Value:
    """The four bits of a decimal digit."""
    return select(where, digit + by, digit)[:4]


def _compare(cpu: M6502, register: Value, byte: Value) -> Value:
    difference = sub(register, byte)
    cpu.c = ~difference.carry
    return nz(cpu, difference.value)


def cmp(cpu: M6502, byte: Value) -> None:
    _compare(cpu, cpu.a, byte)


def cpx(cpu: M6502, byte: Value) -> None:
    _compare(cpu, cpu.x, byte)


def cpy(cpu: M6502, byte: Value) -> None:
    _compare(cpu, cpu.y, byte)


def lax(cpu: M6502, byte: Value) -> None:
    """LDA and LDX."""
    cpu.a = cpu.x = nz(cpu, byte)


def las(cpu: M6502, byte: Value) -> None:
    """S with the byte goes to S, A and X."""
    cpu.a = cpu.x = cpu.s = nz(cpu, byte & cpu.s)


def anc(cpu: M6502, byte: Value) -> None:
    """AND, and C as if shifted by ASL or ROL."""
    and_(cpu, byte)
    cpu.c = cpu.n


def alr(cpu: M6502, byte: Value) -> None:
    """AND and LSR."""
    cpu.a = lsr(cpu, cpu.a & byte)


def arr(cpu: M6502, byte: Value) -> None:
    """AND and ROR, but C and V come from the adder, and decimal mode corrects the digits."""
    both = cpu.a & byte
    turned = cat(cpu.c, both[1:])
    cpu.a = nz(cpu, turned)
    cpu.c, cpu.v = turned[6], turned[6] ^ turned[5]
    with cpu.when(cpu.d & cpu.DECIMAL, rare=True):
        low, high = both[:4].zext(5), both[4:].zext(5)
        half = low + (low & 1) > 5
        cpu.c, cpu.v = high + (high & 1) > 5, turned[6] ^ both[6]
        cpu.a = cat(_corrected(turned[4:], 6, cpu.c), _corrected(turned[:4], 6, half))


def axs(cpu: M6502, byte: Value) -> None:
    """A with X, compared with the byte, goes to X."""
    cpu.x = _compare(cpu, cpu.a & cpu.x, byte)


def xaa(cpu: M6502, byte: Value) -> None:
    """TXA and AND, unstable."""
    cpu.a = nz(cpu, (cpu.a | MAGIC) & cpu.x & byte)


def lxa(cpu: M6502, byte: Value) -> None:
    """LAX of a byte, unstable."""
    lax(cpu, (cpu.a | MAGIC) & byte)


def nop(cpu: M6502, byte: Value) -> None:
    """Reads and forgets."""


# -- stores ----------------------------------------------------------------------------------------


def sta(cpu: M6502) -> Value:
    return cpu.a


def stx(cpu: M6502) -> Value:
    return cpu.x


def sty(cpu: M6502) -> Value:
    return cpu.y


def sax(cpu: M6502) -> Value:
    """STA and STX: their bits meet on the bus."""
    return cpu.a & cpu.x


# The last four are unstable: see :func:`emucore.cpus.m6502.instructions._unstable`.


def sha(cpu: M6502) -> Value:
    return cpu.a & cpu.x


def shx(cpu: M6502) -> Value:
    return cpu.x


def shy(cpu: M6502) -> Value:
    return cpu.y


def tas(cpu: M6502) -> Value:
    """A with X goes to S, and is stored as by SHA."""
    cpu.s = cpu.a & cpu.x
    return cpu.s


# -- modifies --------------------------------------------------------------------------------------


def asl(cpu: M6502, byte: Value) -> Value:
    cpu.c = byte[7]
    return nz(cpu, byte << 1)


def lsr(cpu: M6502, byte: Value) -> Value:
    cpu.c = byte[0]
    return nz(cpu, byte >> 1)


def rol(cpu: M6502, byte: Value) -> Value:
    result = cat(byte[:7], cpu.c)
    cpu.c = byte[7]
    return nz(cpu, result)


def ror(cpu: M6502, byte: Value) -> Value:
    result = cat(cpu.c, byte[1:])
    cpu.c = byte[0]
    return nz(cpu, result)


def inc(cpu: M6502, byte: Value) -> Value:
    return nz(cpu, byte + 1)


def dec(cpu: M6502, byte: Value) -> Value:
    return nz(cpu, byte - 1)


def slo(cpu: M6502, byte: Value) -> Value:
    """ASL and ORA."""
    result = asl(cpu, byte)
    ora(cpu, result)
    return result


def rla(cpu: M6502, byte: Value) -> Value:
    """ROL and AND."""
    result = rol(cpu, byte)
    and_(cpu, result)
    return result


def sre(cpu: M6502, byte: Value) -> Value:
    """LSR and EOR."""
    result = lsr(cpu, byte)
    eor(cpu, result)
    return result


def rra(cpu: M6502, byte: Value) -> Value:
    """ROR and ADC."""
    result = ror(cpu, byte)
    adc(cpu, result)
    return result


def dcp(cpu: M6502, byte: Value) -> Value:
    """DEC and CMP."""
    result = dec(cpu, byte)
    cmp(cpu, result)
    return result


def isc(cpu: M6502, byte: Value) -> Value:
    """INC and SBC."""
    result = inc(cpu, byte)
    sbc(cpu, result)
    return result


# -- implied ---------------------------------------------------------------------------------------


def tax(cpu: M6502) -> None:
    cpu.x = nz(cpu, cpu.a)


def tay(cpu: M6502) -> None:
    cpu.y = nz(cpu, cpu.a)


def txa(cpu: M6502) -> None:
    cpu.a = nz(cpu, cpu.x)


def tya(cpu: M6502) -> None:
    cpu.a = nz(cpu, cpu.y)


def tsx(cpu: M6502) -> None:
    cpu.x = nz(cpu, cpu.s)


def txs(cpu: M6502) -> None:
    """The one transfer that sets no flags."""
    cpu.s = cpu.x


def inx(cpu: M6502) -> None:
    cpu.x = nz(cpu, cpu.x + 1)


def iny(cpu: M6502) -> None:
    cpu.y = nz(cpu, cpu.y + 1)


def dex(cpu: M6502) -> None:
    cpu.x = nz(cpu, cpu.x - 1)


def dey(cpu: M6502) -> None:
    cpu.y = nz(cpu, cpu.y - 1)


def clc(cpu: M6502) -> None:
    cpu.c = 0


def sec(cpu: M6502) -> None:
    cpu.c = 1


def cld(cpu: M6502) -> None:
    cpu.d = 0


def sed(cpu: M6502) -> None:
    cpu.d = 1


def clv(cpu: M6502) -> None:
    cpu.v = 0


def cli(cpu: M6502) -> None:
    cpu.change_i(0)


def sei(cpu: M6502) -> None:
    cpu.change_i(1)
