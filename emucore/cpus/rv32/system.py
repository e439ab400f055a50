"""Zicsr and the privileged instructions: the CSRs by number, and who may do what with them."""

from __future__ import annotations

from emucore.cpus.rv32.cpu import BREAKPOINT, ECALL_FROM_M, ILLEGAL, RV32, rv32
from emucore.isa import Names
from emucore.language.value import Value, select

#: Volume II, tables 2.2 to 2.5.  A name is the attribute of :class:`RV32` that is read and
#: written.
CSRS = {
    0x300: "mstatus",
    0x301: "misa",
    0x304: "mie",
    0x305: "mtvec",
    0x310: "mstatush",
    0x320: "mcountinhibit",
    0x340: "mscratch",
    0x341: "mepc",
    0x342: "mcause",
    0x343: "mtval",
    0x344: "mip",
    0x7A0: "tselect",
    0x7A1: "tdata1",
    0x7A2: "tdata2",
    0xB00: "mcycle",
    0xB02: "minstret",
    0xB80: "mcycleh",
    0xB82: "minstreth",
    0xC00: "cycle",
    0xC01: "time",
    0xC02: "instret",
    0xC80: "cycleh",
    0xC81: "timeh",
    0xC82: "instreth",
    0xF11: "mvendorid",
    0xF12: "marchid",
    0xF13: "mimpid",
    0xF14: "mhartid",
    0xF15: "mconfigptr",
}

#: First numbers of the 29 counters and event selectors that read 0 here (section 3.1.10).
HPM = {0x323: "mhpmevent{}", 0xB03: "mhpmcounter{}", 0xB83: "mhpmcounter{}h"}

_NAMES = dict(CSRS)
for _first, _pattern in HPM.items():
    _NAMES.update({_first + i: _pattern.format(3 + i) for i in range(29)})
rv32.operands["csr"] = Names(tuple(_NAMES.get(number) for number in range(1 << 12)))


def read_only(number: Value) -> Value:
    """1 if writes to CSR *number* are illegal (section 2.1)."""
    return number[10:] == 0b11


def access(cpu: RV32, number: Value, operation: str, operand: Value, writes: Value) -> Value:
    """Do *operation* (write, set or clear) where *writes*; the CSR's old value."""
    old, known = cpu.const(0, 32), cpu.const(0, 1)
    for first in HPM:
        known |= number - first < 29
    chosen = {name: number == address for address, name in CSRS.items()}
    for name, here in chosen.items():
        known |= here
        if here.constant != 0:
            old = select(here, getattr(cpu, name), old)
    with cpu.when(~known | (writes & read_only(number))):
        cpu.trap(ILLEGAL, cpu.block.word(32))
    new = {"write": operand, "set": old | operand, "clear": old & ~operand}[operation]
    for address, name in CSRS.items():
        if not read_only(cpu.const(address, 12)).constant:
            with cpu.when(writes & chosen[name]):
                setattr(cpu, name, new)
    cpu.attend()  # whatever it was, interrupts may be due now
    return old


for _code, _name, _operation in (("01", "rw", "write"), ("10", "rs", "set"), ("11", "rc", "clear")):

    @rv32.op(f"csr:12 rs1:5 0{_code} rd:5 1110011", f"csr{_name} {{rd}},{{csr}},{{rs1}}")
    def _csr(cpu: RV32, rd: Value, csr: Value, rs1: Value, *, operation: str = _operation) -> None:
        writes = cpu.const(1, 1) if operation == "write" else rs1 != 0
        cpu.x[rd] = access(cpu, csr, operation, cpu.x[rs1], writes)

    @rv32.op(f"csr:12 uimm:5 1{_code} rd:5 1110011", f"csr{_name}i {{rd}},{{csr}},{{uimm}}")
    def _csr_immediate(
        cpu: RV32, rd: Value, csr: Value, uimm: Value, *, operation: str = _operation
    ) -> None:
        writes = cpu.const(1, 1) if operation == "write" else uimm != 0
        cpu.x[rd] = access(cpu, csr, operation, uimm.zext(32), writes)


@rv32.op("000000000000 00000 000 00000 1110011", "ecall")
def ecall(cpu: RV32) -> None:
    cpu.trap(ECALL_FROM_M)


@rv32.op("000000000001 00000 000 00000 1110011", "ebreak")
def ebreak(cpu: RV32) -> None:
    cpu.trap(BREAKPOINT, cpu.here)


@rv32.op("0011000 00010 00000 000 00000 1110011", "mret")
def mret(cpu: RV32) -> None:
    """Section 3.3.2; MPP stays M, the only mode."""
    cpu.mstatus_mie, cpu.mstatus_mpie = cpu.mstatus_mpie, 1
    cpu.pc = cpu.mepc
    cpu.attend()


@rv32.op("0001000 00101 00000 000 00000 1110011", "wfi")
def wfi(cpu: RV32) -> None:
    """Section 3.3.3: sleep until an interrupt enabled in mie is pending, taken or not."""
    cpu.waiting = 1
    cpu.attend()
