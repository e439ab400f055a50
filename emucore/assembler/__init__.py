"""The assembler, for every instruction set that is described.

    program = assemble(i8080, Path("game.asm"))
    program.image()                   # the bytes
    program.symbols["start"]

An instruction's syntax is the description's; the rest is the same for all CPUs.

Statements
    ``[label:] [operation [operands]] [; comment]``.  A label in the first column needs no colon
    where an operation follows.  Comments begin with ``;`` or ``//``, and with ``#`` where the CPU's
    own syntax has no ``#``.  Mnemonics, registers and directives ignore case; symbols do not.
    A mnemonic with ``*`` in front is the description's name for an unofficial encoding of the
    same instruction.
Labels
    ``name:`` is global.  ``.name:`` belongs to the last global label, and is ``global.name`` from
    elsewhere.  ``@@:`` is nameless: ``@b`` is the one before, ``@f`` the next.  Within a macro or a
    repeat, ``.name`` belongs to that one expansion.
Numbers
    ``18 0x12 12h $12 0b10010 10010b %10010 0o22 'A'``; ``_`` may part digits.  ``$`` is the
    address of the statement.  Characters and strings know
    ``\\n \\r \\t \\0 \\a \\b \\e \\\\ \\' \\" \\x41``.
Expressions
    C's operators with C's precedence, ``?:`` included, on integers of up to 1,024 bits; ``/`` and
    ``%`` round down.  ``low x``, ``high x`` are bytes of *x*; ``<`` and ``>`` before a whole
    expression are the same.  ``%hi(x)``, ``%lo(x)`` are RISC-V's halves, ``%signed(x)`` is *x* of
    32 bits with its sign.
Encodings
    Of the encodings that the operands fit, the shortest is chosen, then the first declared.
    ``byte x``, ``word x`` or ``dword x`` as an operand ask for one that stores exactly 8, 16 or 32
    bits: ``lda word $12`` is the 6502's absolute form.
Directives (with or without a dot in front)
    ======================================  ====================================================
    ``org address``                         go on there
    ``db`` / ``dw`` / ``dd`` ``x, …``            bytes (and strings), 16-bit, 32-bit numbers;
                                            also defb byte ascii, defw half, dword long;
                                            ``word`` is 16 bits, or the CPU's unit if more
    ``ds count [, fill]``                   space, skipped or filled; also defs space skip
    ``align step [, fill]``                 space up to a multiple of *step*
    ``name equ x``, ``name = x``            a constant; forward references are allowed
    ``include "file"``                      relative to the including file
    ``incbin "file" [, offset [, count]]``  bytes of a file
    ``if x`` … ``elif x`` … ``else`` … ``endif``
    ``rept count [, name]`` … ``endr``      *name* is 0, 1, 2 …
    ``name macro a, b`` … ``endm``          parameters are whole words in the body
    ``assert x [, "message"]``              a mistake where *x* is 0
    ``end [entry]``                         the source ends here
    ======================================  ====================================================

Values of ``org``, ``ds``, ``align``, ``if`` and ``rept`` must be known where they stand; everything
else may refer forwards.
"""

from emucore.assembler.assemble import assemble
from emucore.assembler.program import Program, Row, Segment
from emucore.assembler.text import AsmError, Report

__all__ = ["AsmError", "Program", "Report", "Row", "Segment", "assemble"]
