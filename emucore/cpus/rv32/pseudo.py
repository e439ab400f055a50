"""Pseudo-instructions: the assembler's, of volume I, tables 25.2 and 25.3.

Several rows with one name are tried in turn; the shortest whose operands fit is taken.
"""

from __future__ import annotations

from emucore.cpus.rv32.cpu import rv32

#: A number too large for the field, so that a row is passed over.
_NOT = "1 << 32"

rv32.aliases += [
    ("nop", "addi zero,zero,0"),
    ("li {rd},{imm}", "addi {rd},zero,%signed({imm})"),
    ("li {rd},{imm}", f"lui {{rd}},{{imm}} & 0xfff ? {_NOT} : %hi({{imm}})"),
    ("li {rd},{imm}", "lui {rd},%hi({imm}) ; addi {rd},{rd},%lo({imm})"),
    ("la {rd},{imm}", "li {rd},{imm}"),
    ("mv {rd},{rs1}", "addi {rd},{rs1},0"),
    ("not {rd},{rs1}", "xori {rd},{rs1},-1"),
    ("neg {rd},{rs2}", "sub {rd},zero,{rs2}"),
    ("seqz {rd},{rs1}", "sltiu {rd},{rs1},1"),
    ("snez {rd},{rs2}", "sltu {rd},zero,{rs2}"),
    ("sltz {rd},{rs1}", "slt {rd},{rs1},zero"),
    ("sgtz {rd},{rs2}", "slt {rd},zero,{rs2}"),
    ("beqz {rs1},{offset}", "beq {rs1},zero,{offset}"),
    ("bnez {rs1},{offset}", "bne {rs1},zero,{offset}"),
    ("blez {rs2},{offset}", "bge zero,{rs2},{offset}"),
    ("bgez {rs1},{offset}", "bge {rs1},zero,{offset}"),
    ("bltz {rs1},{offset}", "blt {rs1},zero,{offset}"),
    ("bgtz {rs2},{offset}", "blt zero,{rs2},{offset}"),
    ("bgt {rs1},{rs2},{offset}", "blt {rs2},{rs1},{offset}"),
    ("ble {rs1},{rs2},{offset}", "bge {rs2},{rs1},{offset}"),
    ("bgtu {rs1},{rs2},{offset}", "bltu {rs2},{rs1},{offset}"),
    ("bleu {rs1},{rs2},{offset}", "bgeu {rs2},{rs1},{offset}"),
    ("j {offset}", "jal zero,{offset}"),
    ("jal {offset}", "jal ra,{offset}"),
    ("jr {rs1}", "jalr zero,0({rs1})"),
    ("jalr {rs1}", "jalr ra,0({rs1})"),
    ("jalr {rd},{rs1},{imm}", "jalr {rd},{imm}({rs1})"),
    ("ret", "jalr zero,0(ra)"),
    ("call {offset}", "jal ra,{offset}"),
    ("call {offset}", "lui ra,%hi({offset}) ; jalr ra,%lo({offset})(ra)"),
    ("tail {offset}", "jal zero,{offset}"),
    ("tail {offset}", "lui t1,%hi({offset}) ; jalr zero,%lo({offset})(t1)"),
    ("fence", "fence iorw,iorw"),
    ("csrr {rd},{csr}", "csrrs {rd},{csr},zero"),
    ("csrw {csr},{rs1}", "csrrw zero,{csr},{rs1}"),
    ("csrs {csr},{rs1}", "csrrs zero,{csr},{rs1}"),
    ("csrc {csr},{rs1}", "csrrc zero,{csr},{rs1}"),
    ("csrwi {csr},{uimm}", "csrrwi zero,{csr},{uimm}"),
    ("csrsi {csr},{uimm}", "csrrsi zero,{csr},{uimm}"),
    ("csrci {csr},{uimm}", "csrrci zero,{csr},{uimm}"),
    ("rdcycle {rd}", "csrrs {rd},cycle,zero"),
    ("rdcycleh {rd}", "csrrs {rd},cycleh,zero"),
    ("rdtime {rd}", "csrrs {rd},time,zero"),
    ("rdtimeh {rd}", "csrrs {rd},timeh,zero"),
    ("rdinstret {rd}", "csrrs {rd},instret,zero"),
    ("rdinstreth {rd}", "csrrs {rd},instreth,zero"),
]
