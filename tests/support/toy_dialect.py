"""How the toy VLIW writes the pieces of a random program.

A line is a packet: words parted by ``|``, each perhaps behind its guard, as ``if (!p1.new)``.
"""

from __future__ import annotations

import re

from random_programs import Dialect
from toy_vliw import toy

from emucore.assembler import Program, assemble
from emucore.isa import Isa

#: The bits that are 1 in a packet's last word.
LAST = 0xC000

_GUARD = re.compile(r"if \((!?)p(\d)(\.new)?\) ")
_WORD = re.compile(r"((?:\w+:)?)\s*(.*)")
_DIRECTIVES = ("org", "dd", "ds", "db", "align")


def assemble_packets(isa: Isa, source: str) -> Program:
    """Assemble *source*; jumps are relative to the packet, in whatever word they stand."""
    lines: list[str] = []
    bits: dict[int, int] = {}  # to be put into the word on the line
    for line in source.splitlines():
        found = _WORD.fullmatch(line.strip())
        assert found is not None
        label, text = found.groups()
        lines.append(label)
        if not text or text.split()[0] in _DIRECTIVES:
            lines.append(f" {text}")
            continue
        words = text.split(" | ")
        for number, word in enumerate(words):
            guard = _GUARD.match(word)
            flags = LAST if number == len(words) - 1 else 0
            if guard is not None:
                negated, predicate, new = guard.groups()
                flags |= 1 << 6 | int(predicate) << 4 | bool(negated) << 3 | bool(new) << 2
                word = word[guard.end() :]
            if word.startswith(("jump ", "call ")):
                word = f"{word}+{4 * number}"
            lines.append(f" {word}")
            bits[len(lines)] = flags
    program = assemble(isa, "\n".join(lines))
    for row in program.rows:
        for segment in program.segments:
            at = row.address - segment.address
            if row.line in bits and 0 <= at < len(segment.data):
                value = int.from_bytes(segment.data[at : at + 4], "little") | bits[row.line]
                data = segment.data[:at] + value.to_bytes(4, "little") + segment.data[at + 4 :]
                object.__setattr__(segment, "data", data)
    return program


#: r28 is 0, r29 the stack's pointer, r24 to r27 are the handler's.
TOY = Dialect(
    toy,
    frame="""
        org 0x40
irq:    movi r24,irqs | movi r26,0x2000 | movi r27,0x80
        load r25,[r24+r28] | add r26,r26,r26
        addi r25,r25,1 | add r26,r26,r26
        store [r24+r28],r25 | add r26,r26,r26
        store [r26+r27],r27 | back
        org 0x80
        jump main
irqs:   dd 0
{cells}
        align 4
main:   movi r28,0 | movi r29,0x3f00
        enable
{code}
""",
    pieces={
        "round": (
            "round: movi r28,0 | movi r29,0x3f00 | movi r16,rounds\n load r17,[r16+r28]\n"
            " addi r17,r17,1\n store [r16+r28],r17\n{body}\n jump round",
        ),
        "routine": (
            "{label}: addi r29,r29,-4\n store [r29+r28],r31\n{body}\n load r31,[r29+r28]\n"
            " jumpr r31 | addi r29,r29,4",
        ),
        "go": (
            "jump {label}",
            "movi r16,{label}\n jumpr r16",
            "cmpeq p0,r1,r1 | if (p0.new) jump {label}",
        ),
        "loop": (
            "movi r16,{cell} | movi r17,{count}\n store [r16+r28],r17\n{label}:\n{body}\n"
            " movi r16,{cell}\n load r17,[r16+r28]\n"
            " addi r17,r17,-1 | store [r16+r28],r17 .new\n"
            " cmpgt p1,r17,r28 | if (p1.new) jump {label}",
        ),
        "call": ("call r31,{label}", "movi r17,{n} | call r31,{label} | addi r3,r3,1"),
        "skip": (
            "cmpgt {p0},{r0},{r1} | if (!{p0}.new) jump {label}\n{body}\n{label}:",
            "if ({p0}) jump {label} | cmpeq {p0},{r0},{r1}\n{body}\n{label}:",
        ),
        "seldom": (
            "movi r16,rounds | movi r18,{mask}\n load r17,[r16+r28]\n and r17,r17,r18\n"
            " cmpeq p2,r17,r28 | if (!p2.new) jump {label}\n{body}\n{label}:",
        ),
        "table": (
            "movi r16,{cell} | movi r18,{mask} | movi r19,{label}\n load r17,[r16+r28]\n"
            " and r17,r17,r18\n add r17,r17,r17\n add r17,r17,r17\n load r17,[r17+r19]\n"
            " jumpr r17\n{label}: dd {targets}",
        ),
        "load": (
            "movi r16,{at4}\n load {r0},[r16+r28] | addi r16,r16,3",
            "movi r16,{at4}\n if ({p0}) load {r0},[r16+r28] | cmpeq {p0},{r1},{r2}",
        ),
        "store": (
            "movi r16,{at4}\n store [r16+r28],{r0}",
            "movi r16,{at4}\n if (!{p0}) store [r16+r28],{r0} | cmpgt {p0},{r1},{r0}",
            "movi r16,{at4} | movi r17,{at4}\n store [r17+r28],{r0} | addmem [r16+r28],{r1}",
            "movi r16,{at4}\n mul r18,{r0},{r1} | store [r16+r28],r18 .new",
        ),
        "toggle4": (
            "movi r18,{mask} & 0x3fff | movi r19,{mask} >> 14 & 0x3fff | movi r20,0x2000"
            " | movi r21,{mask} >> 28\n movi r16,{at} | add r20,r20,r20\n"
            " mul r19,r19,r20 | mul r21,r21,r20\n or r18,r18,r19 | mul r21,r21,r20\n"
            " or r18,r18,r21 | load r17,[r16+r28]\n xor r17,r17,r18\n store [r16+r28],r17",
        ),
        "poll": (
            "movi r16,0x3fff\n" + 3 * " add r16,r16,r16\n" + " load {r0},[r16+r28]",
            "movi r16,0x3fff\n" + 3 * " add r16,r16,r16\n" + " store [r16+r28],{r0} | or r7,r0,r1",
        ),
        "special": (
            *("disable | addi r1,r1,1", "enable | addi r2,r2,-1", "enable\n halt"),
            "check {r0} | movi {r1},{n}",
        ),
    },
    registers=tuple(f"r{i}" for i in range(8)),
    last=LAST,
    cell="dd 0",
    keep=frozenset({"r28", "r29", "r30", "r31", "r24", "r25", "r26", "r27", "enabled", "halted"}),
    spans=(300, 1500, 6000),
    assemble=assemble_packets,
)
