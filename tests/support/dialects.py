"""How each CPU writes the pieces of a random program (see :mod:`random_programs`).

All run on :func:`boards.pest_board`: a write of 80h or more to the pest takes its interrupt back.
"""

from __future__ import annotations

from random_programs import Dialect
from toy_dialect import TOY

from emucore.cpus.i8080 import i8080
from emucore.cpus.m6502 import m6502
from emucore.cpus.rv32 import rv32
from emucore.cpus.z80 import z80

I8080 = Dialect(
    i8080,
    # the pest answers an acknowledge with any RST
    frame="""
        rept 8, n
        org 8*n
        jmp irq
        endr
irq:    push psw
        lda irqs
        inr a
        sta irqs
        pop psw
        ei
        ret
irqs:   db 0
{cells}
main:   ei
{code}
""",
    pieces={
        "round": (
            "round: lxi sp,7f0h\n lda rounds\n inr a\n sta rounds\n{body}\n jmp round",
            "round: lxi sp,7f0h\n lxi h,rounds\n inr m\n{body}\n lxi h,round\n pchl",
        ),
        "routine": (
            "{label}:\n{body}\n ret",
            "{label}: r{cc}\n push h\n{body}\n pop h\n ret",
            "{label}:\n{body}\n r{cc}\n inr e\n ret",
        ),
        "go": ("jmp {label}", "lxi h,{label}\n pchl", "push d\n lxi d,{label}\n push d\n ret"),
        "loop": (
            "mvi a,{count}\n sta {cell}\n{label}:\n{body}\n"
            " lda {cell}\n dcr a\n sta {cell}\n jnz {label}",
            "lxi h,{cell}\n mvi m,{count}\n{label}:\n{body}\n lxi h,{cell}\n dcr m\n jnz {label}",
            "mvi b,{count}\n{label}: push b\n{body}\n pop b\n dcr b\n jnz {label}",
        ),
        "call": ("call {label}", "c{cc} {label}"),
        "skip": ("j{cc} {label}\n{body}\n{label}:",),
        "seldom": ("lda rounds\n ani {mask}\n jnz {label}\n{body}\n{label}:",),
        "table": (
            "lda {cell}\n ani {mask}\n add a\n mov e,a\n mvi d,0\n lxi h,{label}\n dad d\n"
            " mov e,m\n inx h\n mov d,m\n xchg\n pchl\n{label}: dw {targets}",
        ),
        "load": ("lda {at1}", "lhld {at2}", "lxi h,{at1}\n adc m", "lxi b,{at1}\n ldax b"),
        "store": (
            *("sta {at1}", "shld {at2}", "lxi h,{at1}\n mov m,c", "lxi h,{at1}\n inr m"),
            *("lxi d,{at1}\n stax d", "lxi h,{at1}\n mvi m,{n}", "push psw\n pop d"),
            "push b\n xthl\n pop d",
        ),
        "toggle1": (
            "lda {at}\n xri {mask}\n sta {at}",
            "lxi h,{at}\n mov a,m\n xri {mask}\n mov m,a",
        ),
        "toggle2": (
            "lhld {at}\n mov a,l\n xri low {mask}\n mov l,a\n mov a,h\n xri high {mask}\n mov h,a\n"
            " shld {at}",
        ),
        "poll": ("lda 8003h", "in {n}", "out {n}", "sta 8001h"),
        "special": ("rst 3", "di\n inr c\n ei", "ei\n hlt"),
    },
    conditions=("nz", "z", "nc", "c", "po", "pe", "p", "m"),
    keep=frozenset({"sp", "inte", "halted"}),
)

Z80 = Dialect(
    z80,
    frame="""
        rept 8, n
        org 8*n
        jp irq
        endr
irq:    push af
        ld a,(irqs)
        inc a
        ld (irqs),a
        pop af
        ei
        reti
irqs:   db 0
        org 66h
        retn
{cells}
main:   ei
{code}
        org 4000h
vectors: ds 101h,41h
        org 4141h
        jp irq
""",
    pieces={
        "round": (
            "round: ld sp,7f0h\n ld a,(rounds)\n inc a\n ld (rounds),a\n{body}\n jp round",
            "round: ld sp,7f0h\n ld hl,rounds\n inc (hl)\n{body}\n ld ix,round\n jp (ix)",
        ),
        "routine": (
            "{label}:\n{body}\n ret",
            "{label}: ret {cc}\n push ix\n{body}\n pop iy\n ret",
            "{label}: exx\n{body}\n ret {cc}\n ex af,af'\n ret",
        ),
        "go": ("jp {label}", "ld hl,{label}\n jp (hl)", "push de\n ld de,{label}\n push de\n ret"),
        "loop": (
            "ld a,{count}\n ld ({cell}),a\n{label}:\n{body}\n"
            " ld a,({cell})\n dec a\n ld ({cell}),a\n jp nz,{label}",
            "ld hl,{cell}\n ld (hl),{count}\n{label}:\n{body}\n"
            " ld iy,{cell}-7\n dec (iy+7)\n jp nz,{label}",
            "ld b,{count}\n{label}: push bc\n{body}\n pop bc\n djnz {label2}\n jp {label3}\n"
            "{label2}: jp {label}\n{label3}:",
        ),
        "call": ("call {label}", "call {cc},{label}"),
        "skip": ("jp {cc},{label}\n{body}\n{label}:",),
        "seldom": ("ld a,(rounds)\n and {mask}\n jp nz,{label}\n{body}\n{label}:",),
        "table": (
            "ld a,({cell})\n and {mask}\n add a,a\n ld e,a\n ld d,0\n ld hl,{label}\n add hl,de\n"
            " ld e,(hl)\n inc hl\n ld d,(hl)\n ex de,hl\n jp (hl)\n{label}: dw {targets}",
        ),
        "load": ("ld a,({at1})", "ld bc,({at2})", "ld hl,{at1}\n sbc a,(hl)", "ld iy,({at2})"),
        "store": (
            *("ld ({at1}),a", "ld ({at2}),ix", "ld hl,{at1}\n rlc (hl)", "ld hl,{at1}\n dec (hl)"),
            *("ld ix,{at1}-5\n set 3,(ix+5)", "ld iy,{at1}+9\n ld (iy-9),{n}", "push af\n pop bc"),
            *("push bc\n ex (sp),hl\n pop de", "ld hl,{at1}\n rld", "ld ({at2}),sp"),
            "ld hl,{at1}\n ld de,data\n ld bc,({n} & 15) + 1\n ldir",
            "ld hl,{at1}\n ld de,data+20\n ld bc,({n} & 15) + 1\n lddr",
        ),
        "toggle1": (
            "ld a,({at})\n xor {mask}\n ld ({at}),a",
            "ld hl,{at}\n ld a,(hl)\n xor {mask}\n ld (hl),a",
        ),
        "toggle2": (
            "ld bc,({at})\n ld a,c\n xor low {mask}\n ld c,a\n ld a,b\n xor high {mask}\n ld b,a\n"
            " ld ({at}),bc",
        ),
        "poll": ("ld a,(8003h)", "in a,({n})", "out ({n}),a", "ld (8001h),a", "out (c),b"),
        "special": (
            *("rst 18h", "di\n inc c\n ei", "ei\n halt", "im 0", "im 1", "ld a,i\n ld a,r"),
            "ld a,high vectors\n ld i,a\n im 2",
        ),
    },
    conditions=("nz", "z", "nc", "c", "po", "pe", "p", "m"),
    keep=frozenset({"sp", "i", "iff1", "iff2", "im", "halted"}),
)

M6502 = Dialect(
    m6502,
    frame="""
        org 4
pointer: dw 0
irqs:   db 0
{cells}
        org $200
irq:    pha
        inc irqs
        lda #$80
        sta $8000
        pla
        rti
main:   cli
{code}
        org $fffa
        dw irq, main, irq
""",
    pieces={
        "round": ("round: ldx #$ff\n txs\n inc rounds\n{body}\n jmp round",),
        "routine": ("{label}:\n{body}\n rts", "{label}: pha\n{body}\n pla\n rts"),
        "go": (
            "jmp {label}",
            "lda #<{label}\n sta pointer\n lda #>{label}\n sta pointer+1\n jmp (pointer)",
            "lda #>({label}-1)\n pha\n lda #<({label}-1)\n pha\n rts",
        ),
        "loop": (
            "lda #{count}\n sta {cell}\n{label}:\n{body}\n"
            " dec {cell}\n beq {label2}\n jmp {label}\n{label2}:",
            "lda #{count}\n{label}: pha\n{body}\n"
            " pla\n sec\n sbc #1\n beq {label2}\n jmp {label}\n{label2}:",
        ),
        "call": ("jsr {label}",),
        "skip": ("b{cc} {label2}\n jmp {label}\n{label2}:\n{body}\n{label}:",),
        "seldom": (
            "lda rounds\n and #{mask}\n beq {label2}\n jmp {label}\n{label2}:\n{body}\n{label}:",
        ),
        "table": (
            "lda {cell}\n and #{mask}\n asl a\n tax\n lda {label},x\n sta pointer\n"
            " lda {label}+1,x\n sta pointer+1\n jmp (pointer)\n{label}: dw {targets}",
            "lda {cell}\n and #{mask}\n asl a\n tay\n lda {label},y\n sec\n sbc #1\n sta pointer\n"
            " lda {label}+1,y\n sbc #0\n pha\n lda pointer\n pha\n cld\n rts\n"
            "{label}: dw {targets}",
        ),
        "load": (
            *("lda {at1}", "ldx {at1}", "bit {at1}", "adc {at1}", "ldy {at1}"),
            "ldx #{n}\n eor word ({at1}-{n}) & $ffff,x",
        ),
        "store": (
            *("sta {at1}", "stx {at1}", "sty {at1}", "inc {at1}", "ror {at1}", "pha\n pla"),
            "ldx #{n}\n sta word ({at1}-{n}) & $ffff,x",
            "ldx #{n}\n asl word ({at1}-{n}) & $ffff,x",
            "lda #<{at1}\n sta pointer\n lda #>{at1}\n sta pointer+1\n ldy #0\n txa\n"
            " sta (pointer),y",
            "php\n pla",
        ),
        "toggle1": (
            "lda {at}\n eor #{mask}\n sta {at}",
            "ldy #{n}\n lda word ({at}-{n}) & $ffff,y\n eor #{mask}\n"
            " sta word ({at}-{n}) & $ffff,y",
        ),
        "poll": ("lda $8003", "sta $8001", "inc $8002"),
        "special": ("brk\n nop", "sei\n inx\n cli", "php\n plp", "sed\n adc #{n}\n cld"),
    },
    conditions=("ne", "eq", "cc", "cs", "pl", "mi", "vc", "vs"),
    keep=frozenset({"s", "i"}),
)

RV32 = Dialect(
    rv32,
    # all below 2 KiB, where `zero` and an offset reach; an exception begins anew
    frame="""
        org 0x40
save:   dd 0
irqs:   dd 0
{cells}
        align 4
handler: sw t0,save(zero)
        csrr t0,mcause
        bltz t0,taken
        addi t0,t0,-11
        bnez t0,main
        csrr t0,mepc
        addi t0,t0,4
        csrw mepc,t0
        j back
taken:  lw t0,irqs(zero)
        addi t0,t0,1
        sw t0,irqs(zero)
        li t0,0x10080
        sw t0,0(t0)
back:   lw t0,save(zero)
        mret
main:   li t0,handler
        csrw mtvec,t0
        li t0,0x888
        csrw mie,t0
        csrsi mstatus,8
{code}
""",
    pieces={
        "round": (
            "round: li sp,0xff0\n lbu t0,rounds(zero)\n addi t0,t0,1\n sb t0,rounds(zero)\n"
            "{body}\n j round",
        ),
        "routine": (
            "{label}: addi sp,sp,-4\n sw ra,0(sp)\n{body}\n lw ra,0(sp)\n addi sp,sp,4\n ret",
            "{label}: addi sp,sp,-8\n sw ra,2(sp)\n{body}\n lw ra,2(sp)\n addi sp,sp,8\n ret",
        ),
        "go": ("j {label}", "li t0,{label}\n jr t0", "li t1,{label}-8\n jalr t0,8(t1)"),
        "loop": (
            "li t0,{count}\n sb t0,{cell}(zero)\n{label}:\n{body}\n"
            " lbu t0,{cell}(zero)\n addi t0,t0,-1\n sb t0,{cell}(zero)\n bnez t0,{label}",
            "li t0,{count}\n addi sp,sp,-4\n sw t0,0(sp)\n{label}:\n{body}\n"
            " lw t1,0(sp)\n addi t1,t1,-1\n sw t1,0(sp)\n blt zero,t1,{label}\n addi sp,sp,4",
        ),
        "call": ("jal ra,{label}", "li t2,{label}\n jalr ra,0(t2)"),
        "skip": ("b{cc} {r0},{r1},{label}\n{body}\n{label}:",),
        "seldom": ("lbu t0,rounds(zero)\n andi t0,t0,{mask}\n bnez t0,{label}\n{body}\n{label}:",),
        "table": (
            "lbu t0,{cell}(zero)\n andi t0,t0,{mask}\n slli t0,t0,2\n lw t1,{label}(t0)\n jr t1\n"
            " align 4\n{label}: dd {targets}",
        ),
        "load": (
            *("lb {r0},{at1}(zero)", "lbu {r0},{at1}(zero)", "lh {r0},{at2}(zero)"),
            *("lhu {r0},{at2}(zero)", "lw {r0},{at4}(zero)", "li t1,{at2}\n lh {r0},0(t1)"),
            *("li t1,{at4}+{n}\n lw {r0},-{n}(t1)", "andi t2,{r1},63\n lb {r0},data(t2)"),
            *("andi t2,{r1},63\n lhu {r0},data(t2)", "andi t2,{r1},63\n lw {r0},data(t2)"),
        ),
        "store": (
            *("sb {r0},{at1}(zero)", "sh {r0},{at2}(zero)", "sw {r0},{at4}(zero)"),
            *("li t1,{at2}\n sh {r0},0(t1)", "li t1,{at4}+{n}\n sw {r0},-{n}(t1)"),
            *("andi t2,{r1},63\n sb {r0},data(t2)", "andi t2,{r1},63\n sh {r0},data(t2)"),
            "andi t2,{r1},63\n sw {r0},data(t2)",
        ),
        **{
            f"toggle{width}": (
                f"l{name} t0,{{at}}(zero)\n li t1,{{mask}}\n xor t0,t0,t1\n"
                f" s{name} t0,{{at}}(zero)",
                f"li t2,{{at}}\n l{name} t0,0(t2)\n li t1,{{mask}}\n xor t0,t0,t1\n"
                f" s{name} t0,0(t2)",
            )
            for width, name in ((1, "b"), (2, "h"), (4, "w"))
        },
        "poll": ("lui t0,0x10\n lw {r0},4(t0)", "lui t0,0x10\n sh {r0},6(t0)"),
        "special": (
            *("ecall", "rdcycle {r0}", "csrrs {r0},minstret,{r1}", "csrci mstatus,8\n nop"),
            *("csrsi mstatus,8", "wfi", "csrrw {r0},mscratch,{r1}"),
        ),
    },
    registers=(
        *("zero", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5"),
        *("a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t6"),
    ),
    conditions=("eq", "ne", "lt", "ge", "ltu", "geu"),
    keep=frozenset({"ra", "sp"}),
    spans=(300, 1500, 6000),
)

DIALECTS = {d.isa.name: d for d in (I8080, Z80, RV32, M6502, TOY)}
