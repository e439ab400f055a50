"""RV32I and M, in the order of volume I, chapters 2 and 7."""

from __future__ import annotations

from emucore.cpus.rv32.cpu import ABI_NAMES, RV32, rv32
from emucore.isa import Names, Number, Relative
from emucore.language.alu import smulh, sumulh
from emucore.language.value import Value, cat, select

_ORDERED = tuple(
    "".join(c for c, bit in zip("iorw", f"{n:04b}", strict=True) if bit == "1") or "0"
    for n in range(16)
)
REGISTERS = Names(ABI_NAMES, also=(("fp", 8), *((f"x{number}", number) for number in range(32))))
rv32.operands.update(
    rd=REGISTERS,
    rs1=REGISTERS,
    rs2=REGISTERS,
    imm=Number(signed=True, base=10),
    uimm=Number(base=10),
    shamt=Number(base=10),
    upper=Number(),
    offset=Relative(from_start=True, align=2),
    pred=Names(_ORDERED),
    succ=Names(_ORDERED),
)


# -- integer register-immediate instructions (2.4.1) ---------------------------------------------


@rv32.op("imm:12 rs1:5 000 rd:5 0010011", "addi {rd},{rs1},{imm}")
def addi(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] + imm.sext(32)


@rv32.op("imm:12 rs1:5 010 rd:5 0010011", "slti {rd},{rs1},{imm}")
def slti(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].slt(imm.sext(32)).zext(32)


@rv32.op("imm:12 rs1:5 011 rd:5 0010011", "sltiu {rd},{rs1},{imm}")
def sltiu(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = (cpu.x[rs1] < imm.sext(32)).zext(32)


@rv32.op("imm:12 rs1:5 100 rd:5 0010011", "xori {rd},{rs1},{imm}")
def xori(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] ^ imm.sext(32)


@rv32.op("imm:12 rs1:5 110 rd:5 0010011", "ori {rd},{rs1},{imm}")
def ori(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] | imm.sext(32)


@rv32.op("imm:12 rs1:5 111 rd:5 0010011", "andi {rd},{rs1},{imm}")
def andi(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] & imm.sext(32)


@rv32.op("0000000 shamt:5 rs1:5 001 rd:5 0010011", "slli {rd},{rs1},{shamt}")
def slli(cpu: RV32, rd: Value, rs1: Value, shamt: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] << shamt


@rv32.op("0000000 shamt:5 rs1:5 101 rd:5 0010011", "srli {rd},{rs1},{shamt}")
def srli(cpu: RV32, rd: Value, rs1: Value, shamt: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] >> shamt


@rv32.op("0100000 shamt:5 rs1:5 101 rd:5 0010011", "srai {rd},{rs1},{shamt}")
def srai(cpu: RV32, rd: Value, rs1: Value, shamt: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].sar(shamt)


@rv32.op("upper:20 rd:5 0110111", "lui {rd},{upper}")
def lui(cpu: RV32, rd: Value, upper: Value) -> None:
    cpu.x[rd] = cat(upper, cpu.const(0, 12))


@rv32.op("upper:20 rd:5 0010111", "auipc {rd},{upper}")
def auipc(cpu: RV32, rd: Value, upper: Value) -> None:
    cpu.x[rd] = cpu.here + cat(upper, cpu.const(0, 12))


# -- integer register-register operations (2.4.2) ------------------------------------------------


@rv32.op("0000000 rs2:5 rs1:5 000 rd:5 0110011", "add {rd},{rs1},{rs2}")
def add(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] + cpu.x[rs2]


@rv32.op("0100000 rs2:5 rs1:5 000 rd:5 0110011", "sub {rd},{rs1},{rs2}")
def sub(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] - cpu.x[rs2]


@rv32.op("0000000 rs2:5 rs1:5 001 rd:5 0110011", "sll {rd},{rs1},{rs2}")
def sll(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] << cpu.x[rs2][:5]


@rv32.op("0000000 rs2:5 rs1:5 010 rd:5 0110011", "slt {rd},{rs1},{rs2}")
def slt(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].slt(cpu.x[rs2]).zext(32)


@rv32.op("0000000 rs2:5 rs1:5 011 rd:5 0110011", "sltu {rd},{rs1},{rs2}")
def sltu(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = (cpu.x[rs1] < cpu.x[rs2]).zext(32)


@rv32.op("0000000 rs2:5 rs1:5 100 rd:5 0110011", "xor {rd},{rs1},{rs2}")
def xor(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] ^ cpu.x[rs2]


@rv32.op("0000000 rs2:5 rs1:5 101 rd:5 0110011", "srl {rd},{rs1},{rs2}")
def srl(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] >> cpu.x[rs2][:5]


@rv32.op("0100000 rs2:5 rs1:5 101 rd:5 0110011", "sra {rd},{rs1},{rs2}")
def sra(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].sar(cpu.x[rs2][:5])


@rv32.op("0000000 rs2:5 rs1:5 110 rd:5 0110011", "or {rd},{rs1},{rs2}")
def or_(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] | cpu.x[rs2]


@rv32.op("0000000 rs2:5 rs1:5 111 rd:5 0110011", "and {rd},{rs1},{rs2}")
def and_(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] & cpu.x[rs2]


# -- control transfer instructions (2.5) ---------------------------------------------------------


@rv32.op("offset[20|10:1|11|19:12] rd:5 1101111", "jal {rd},{offset}")
def jal(cpu: RV32, rd: Value, offset: Value) -> None:
    link = cpu.pc
    cpu.jump(cpu.here + offset.sext(32))
    cpu.x[rd] = link


@rv32.op("imm:12 rs1:5 000 rd:5 1100111", "jalr {rd},{imm}({rs1})")
def jalr(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    link = cpu.pc
    cpu.jump(cat((cpu.x[rs1] + imm.sext(32))[1:], cpu.const(0, 1)))
    cpu.x[rd] = link


def branch(cpu: RV32, taken: Value, offset: Value) -> None:
    """Go *offset* bytes from this instruction where *taken*."""
    cpu.jump(select(taken, cpu.here + offset.sext(32), cpu.pc))


@rv32.op("offset[12|10:5] rs2:5 rs1:5 000 offset[4:1|11] 1100011", "beq {rs1},{rs2},{offset}")
def beq(cpu: RV32, rs1: Value, rs2: Value, offset: Value) -> None:
    branch(cpu, cpu.x[rs1] == cpu.x[rs2], offset)


@rv32.op("offset[12|10:5] rs2:5 rs1:5 001 offset[4:1|11] 1100011", "bne {rs1},{rs2},{offset}")
def bne(cpu: RV32, rs1: Value, rs2: Value, offset: Value) -> None:
    branch(cpu, cpu.x[rs1] != cpu.x[rs2], offset)


@rv32.op("offset[12|10:5] rs2:5 rs1:5 100 offset[4:1|11] 1100011", "blt {rs1},{rs2},{offset}")
def blt(cpu: RV32, rs1: Value, rs2: Value, offset: Value) -> None:
    branch(cpu, cpu.x[rs1].slt(cpu.x[rs2]), offset)


@rv32.op("offset[12|10:5] rs2:5 rs1:5 101 offset[4:1|11] 1100011", "bge {rs1},{rs2},{offset}")
def bge(cpu: RV32, rs1: Value, rs2: Value, offset: Value) -> None:
    branch(cpu, ~cpu.x[rs1].slt(cpu.x[rs2]), offset)


@rv32.op("offset[12|10:5] rs2:5 rs1:5 110 offset[4:1|11] 1100011", "bltu {rs1},{rs2},{offset}")
def bltu(cpu: RV32, rs1: Value, rs2: Value, offset: Value) -> None:
    branch(cpu, cpu.x[rs1] < cpu.x[rs2], offset)


@rv32.op("offset[12|10:5] rs2:5 rs1:5 111 offset[4:1|11] 1100011", "bgeu {rs1},{rs2},{offset}")
def bgeu(cpu: RV32, rs1: Value, rs2: Value, offset: Value) -> None:
    branch(cpu, cpu.x[rs1] >= cpu.x[rs2], offset)


# -- load and store instructions (2.6) -----------------------------------------------------------


@rv32.op("imm:12 rs1:5 000 rd:5 0000011", "lb {rd},{imm}({rs1})")
def lb(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.load(cpu.x[rs1] + imm.sext(32), 8).sext(32)


@rv32.op("imm:12 rs1:5 001 rd:5 0000011", "lh {rd},{imm}({rs1})")
def lh(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.load(cpu.x[rs1] + imm.sext(32), 16).sext(32)


@rv32.op("imm:12 rs1:5 010 rd:5 0000011", "lw {rd},{imm}({rs1})")
def lw(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.load(cpu.x[rs1] + imm.sext(32), 32)


@rv32.op("imm:12 rs1:5 100 rd:5 0000011", "lbu {rd},{imm}({rs1})")
def lbu(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.load(cpu.x[rs1] + imm.sext(32), 8).zext(32)


@rv32.op("imm:12 rs1:5 101 rd:5 0000011", "lhu {rd},{imm}({rs1})")
def lhu(cpu: RV32, rd: Value, rs1: Value, imm: Value) -> None:
    cpu.x[rd] = cpu.load(cpu.x[rs1] + imm.sext(32), 16).zext(32)


@rv32.op("imm[11:5] rs2:5 rs1:5 000 imm[4:0] 0100011", "sb {rs2},{imm}({rs1})")
def sb(cpu: RV32, rs1: Value, rs2: Value, imm: Value) -> None:
    cpu.store(cpu.x[rs1] + imm.sext(32), cpu.x[rs2][:8])


@rv32.op("imm[11:5] rs2:5 rs1:5 001 imm[4:0] 0100011", "sh {rs2},{imm}({rs1})")
def sh(cpu: RV32, rs1: Value, rs2: Value, imm: Value) -> None:
    cpu.store(cpu.x[rs1] + imm.sext(32), cpu.x[rs2][:16])


@rv32.op("imm[11:5] rs2:5 rs1:5 010 imm[4:0] 0100011", "sw {rs2},{imm}({rs1})")
def sw(cpu: RV32, rs1: Value, rs2: Value, imm: Value) -> None:
    cpu.store(cpu.x[rs1] + imm.sext(32), cpu.x[rs2])


# -- memory ordering (2.7, 3.1): accesses are in order as they are -------------------------------


@rv32.op("---- pred:4 succ:4 ----- 000 ----- 0001111", "fence {pred},{succ}")
def fence(cpu: RV32) -> None:
    """Nothing; all fields that the manual reserves are ignored, as it asks."""


@rv32.op("------------ ----- 001 ----- 0001111", "fence.i")
def fence_i(cpu: RV32) -> None:
    """Nothing: engines notice by themselves when code is written."""


# -- M: multiplication and division (7) ----------------------------------------------------------


@rv32.op("0000001 rs2:5 rs1:5 000 rd:5 0110011", "mul {rd},{rs1},{rs2}")
def mul(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1] * cpu.x[rs2]


@rv32.op("0000001 rs2:5 rs1:5 001 rd:5 0110011", "mulh {rd},{rs1},{rs2}")
def mulh(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = smulh(cpu.x[rs1], cpu.x[rs2])


@rv32.op("0000001 rs2:5 rs1:5 010 rd:5 0110011", "mulhsu {rd},{rs1},{rs2}")
def mulhsu(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = sumulh(cpu.x[rs1], cpu.x[rs2])


@rv32.op("0000001 rs2:5 rs1:5 011 rd:5 0110011", "mulhu {rd},{rs1},{rs2}")
def mulhu(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].umulh(cpu.x[rs2])


@rv32.op("0000001 rs2:5 rs1:5 100 rd:5 0110011", "div {rd},{rs1},{rs2}")
def div(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].sdiv(cpu.x[rs2])


@rv32.op("0000001 rs2:5 rs1:5 101 rd:5 0110011", "divu {rd},{rs1},{rs2}")
def divu(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].udiv(cpu.x[rs2])


@rv32.op("0000001 rs2:5 rs1:5 110 rd:5 0110011", "rem {rd},{rs1},{rs2}")
def rem(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].srem(cpu.x[rs2])


@rv32.op("0000001 rs2:5 rs1:5 111 rd:5 0110011", "remu {rd},{rs1},{rs2}")
def remu(cpu: RV32, rd: Value, rs1: Value, rs2: Value) -> None:
    cpu.x[rd] = cpu.x[rs1].urem(cpu.x[rs2])
