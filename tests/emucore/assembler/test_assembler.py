"""The assembler's language: expressions, directives, relaxation, and its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emucore.assembler import AsmError, Program, assemble
from emucore.cpus import isa

I8080 = isa("8080")


def program(source: str) -> Program:
    return assemble(I8080, source)


def image(source: str) -> bytes:
    return program(source).image()


def mistakes(source: str) -> list[str]:
    with pytest.raises(AsmError) as caught:
        assemble(I8080, source)
    return [str(report) for report in caught.value.reports]


# -- expressions ----------------------------------------------------------------------------------

OPERATORS = ("+", "-", "*", "//", "%", "&", "|", "^")
expressions = st.recursive(
    st.integers(0, 0xFFFF).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("~{}".format),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(expressions)
def test_expressions_are_those_of_python(text: str) -> None:
    try:
        expected = eval(text)
    except ZeroDivisionError:
        assert "division by zero" in mistakes(f"x equ {text.replace('//', '/')}")[0]
        return
    assert program(f"x equ {text.replace('//', '/')}").symbols["x"] == expected


@settings(deadline=None)
@given(st.lists(st.integers(-99, 99), min_size=3, max_size=3))
def test_comparisons_and_logic_are_those_of_c(numbers: list[int]) -> None:
    a, b, c = (f"({n})" for n in numbers)
    x, y, z = numbers
    symbols = program(
        f"p = {a} < {b} && {b} <= {c}\nq = {a} == {b} || {a} != {c}\n"
        f"r = {a} > {b} ? {c} : !{c}\ns = {a} << 3 >> 1 & 1023 == {c} | 1"
    ).symbols
    assert symbols == {
        "p": int(x < y and y <= z),
        "q": int(x == y or x != z),
        "r": z if x > y else int(not z),
        "s": (x << 3 >> 1) & int(z == 1023) | 1,
    }


@pytest.mark.parametrize(
    "text",
    [
        "18",
        "0x12",
        "12h",
        "$12",
        "0b10010",
        "10010b",
        "%10010",
        "0o22",
        "1_8",
        "18 % 256",
        "'\\x12'",
    ],
)
def test_numbers(text: str) -> None:
    assert image(f" db {text}") == b"\x12"


def test_bytes_of_a_word() -> None:
    assert image("x = 1234h\n db low x, high(x), <x+1, >x+1, high x + 1") == bytes.fromhex(
        "3412351213"
    )


# -- labels and directives ------------------------------------------------------------------------


def test_local_labels_belong_to_the_global_one_before() -> None:
    source = """
    org 100h
one:
.x: dw .x, two.x
two:
.x: dw .x, one.x
@@: dw @b, @f
@@: dw @b
"""
    words = [0x100, 0x104, 0x104, 0x100, 0x108, 0x10C, 0x10C]
    assert image(source) == b"".join(w.to_bytes(2, "little") for w in words)


def test_data_space_and_alignment() -> None:
    source = (
        ' db "a\\"\\n", 1, -1\n dw 1234h\n dd 12345678h\n align 16, 0eeh\n ds 2, 7\n ds 2\n db 1'
    )
    expected = b'a"\n\x01\xff\x34\x12\x78\x56\x34\x12' + b"\xee" * 5 + b"\7\7\0\0\1"
    assert image(source) == expected


def test_macros_have_labels_of_their_own_and_see_the_callers() -> None:
    source = """
wait macro count, target
    mvi c,count
.loop:
    dcr c
    jnz .loop
    jmp target
    endm
start:
.loop:
    wait 1+1, .loop
    wait 3, .loop
"""
    assert image(source) == bytes.fromhex("0e02 0d c20200 c30000  0e03 0d c20b00 c30000")


def test_conditions_and_repeats() -> None:
    source = """
size = 2
    if size == 1
    db 1
    elif size == 2
    db 2
      if 0
      db 9
      else
      db 22
      endif
    else
    db 3
    endif
    rept 3, i
.here:
    db i, low .here
    endr
"""
    assert list(image(source)) == [2, 22, 0, 2, 1, 4, 2, 6]


def test_case_and_blanks_do_not_matter_in_instructions() -> None:
    assert image("Start LXI  H , Start\n\tMoV\ta , M;x\n STAX B // y") == bytes.fromhex(
        "210000 7e 02"
    )


def test_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    main = tmp_path / "main.asm"
    main.write_text(' include "sub/a.inc"\n incbin "data", 1, 2\n jmp answer\n end answer\n junk')
    (tmp_path / "sub" / "a.inc").write_text('answer equ 42\n include "b.inc"\n')
    (tmp_path / "sub" / "b.inc").write_text(" nop\n")
    (tmp_path / "data").write_bytes(b"abcd")
    made = assemble(I8080, main)
    assert made.image() == b"\0bc\xc3\x2a\0"
    assert made.entry == 42
    assert made.source[0] == (str(tmp_path / "sub" / "b.inc"), 1)
    assert "0001  62 63                        2  incbin" in made.listing()
    assert made.symbol_table() == "answer equ 0x002a\n"


def test_files_stay_inside_and_end(tmp_path: Path) -> None:
    main = tmp_path / "main.asm"
    outside = tmp_path.parent / "outside.asm"
    outside.write_text(" nop")
    (tmp_path / "link.asm").symlink_to(outside)
    for text, message in (
        (' include "../outside.asm"', "lies outside"),
        (f' include "{outside}"', "lies outside"),
        (' incbin "link.asm"', "lies outside"),
        (' include "main.asm"', "includes itself"),
        (' include "none.asm"', "No such file"),
        (' include ""', "directory"),
    ):
        main.write_text(text)
        with pytest.raises(AsmError, match=message) as caught:
            assemble(I8080, main)
        assert str(caught.value).startswith(f"{main}:1:")
    with pytest.raises(AsmError, match="is no file"):
        assemble(I8080, ' include "x"')


def test_an_image_has_its_gaps_filled() -> None:
    made = program(" org 102h\n db 1\n org 100h\n db 2")
    assert [(s.address, s.data) for s in made.segments] == [(0x100, b"\2"), (0x102, b"\1")]
    assert made.image(fill=0xFF) == b"\2\xff\1"
    assert made.image(origin=0xFF) == b"\0\2\0\1"
    with pytest.raises(ValueError, match="below"):
        made.image(origin=0x101)


# -- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (" mvi a,300", 8, "operand 300 does not fit 8 bits (-128 to 255)"),
        (" mvi a,-129", 8, "operand -129 does not fit 8 bits (-128 to 255)"),
        (" rst 8", 6, "operand 8 does not fit 3 bits (0 to 7)"),
        (" jmp nowhere", 6, "undefined symbol 'nowhere'"),
        (" mov a,q", 8, "expected one of: b c d e h l m a"),
        (" mov a", 7, "expected ','"),
        (" mvi a,", 8, "an operand is missing"),
        (" mvi a,b", 8, "'b' is a reserved word, no value"),
        (" mvi a,1+", 10, "a value is missing"),
        (" mvi a,(1", 10, "expected ')'"),
        (" mvi a,1 2", 10, "'2' is too much here"),
        (" mov m,m", 2, "mov has no such combination of operands"),
        (" mvo a,1", 2, "unknown instruction 'mvo' (is it mvi or mov?)"),
        (" db 12g", 5, "malformed number '12g'"),
        (" db 'ab\\q'", 8, "unknown escape \\q"),
        (' db "ab', 5, "string without an end"),
        (" db 1 ? 2", 10, "expected ':'"),
        (" db 1, 256", 8, "256 does not fit 8 bits"),
        (" db 1/(2-2)", 6, "division by zero"),
        (" db 1 << 9999", 7, "shift by 9999"),
        (" db 'ab'+1", 5, "'ab' is not one character"),
        (" ds later\nlater:", 5, "undefined symbol 'later': ds needs it defined above"),
        (" ds -1", 5, "-1 bytes are no space"),
        (" org 10000h", 6, "0x10000 is no address of this CPU"),
        (" org 0ffffh\n jmp 0", 2, "past the end of the address space"),
        ("x = 1\nx = 2", 1, "'x' is defined twice"),
        ("a: nop", 1, "'a' is a reserved word"),
        (" if 1", 2, "if without endif"),
        (" endm", 2, "endm without its beginning"),
        (' assert 1 > 2, "no"', 9, "no"),
        ("m macro x\n endm\n m", 2, "macro m takes 1 argument, 0 given"),
        ("m macro\n m\n endm\n m", 1, "the source repeats itself without end"),
        (" rept 1000000\n rept 1000000\n endr\n endr", 1, "the source repeats itself without end"),
        (" db " + "(" * 5000, 69, "expression too long"),
        (" db 0" + "+1" * 5000, 1, "expression too long"),
        (" #", 2, ""),
    ],
)
def test_mistakes(line: str, column: int, message: str) -> None:
    source = f"; first\n{line}"
    if message == "":  # a comment for a CPU without # in its syntax
        assert image(source) == b""
        return
    first, *_ = mistakes(source)
    _, _, at, text = first.split(":", 3)
    assert text.strip().startswith(message)
    assert int(at) == column


def test_every_mistake_is_told_with_its_place() -> None:
    with pytest.raises(AsmError) as caught:
        assemble(I8080, " nop\n foo\n jmp x\n\n mvi a,999\n")
    assert [(r.line, r.column) for r in caught.value.reports] == [(2, 2), (3, 6), (5, 8)]
    assert " mvi a,999\n       ^" in caught.value.details()


def test_a_mistake_in_a_macro_tells_both_places() -> None:
    (report,) = mistakes("m macro x\n mvi a,x\n endm\n\n m 300")
    assert report == (
        "text:2:8: operand 300 does not fit 8 bits (-128 to 255) (in macro m, used at text:5)"
    )


def test_overlap_is_refused() -> None:
    (report,) = mistakes(" org 1\n db 1,2\n org 2\n db 3")
    assert report == "text:4:1: overlaps other code at 0x2"


# -- anything at all ------------------------------------------------------------------------------

LABELS = ("", "a1:", "a1", ".l:", ".l", "@@:", "b2")
OPERATIONS = (
    *("mvi a,", "jmp", "db", "dw", "ds", "org", "align", "equ", "=", "assert", "end", "incbin"),
    *("if", "elif", "else", "endif", "rept", "endr", "macro", "endm", "m", "include", "*nop1", ""),
)
OPERANDS = (
    *("1", "$", "a1", ".l", "@b", "@f", "b2", "m x", "x", "2, i", "i", "'a'", '"ab"', "low(a1)"),
    *("a1-b2", "1<<200", "1/0", "(", ")", ",", "a", "", "-1", "word 1", "0x", "\\", "~!$", "%2"),
)
lines = st.tuples(
    st.sampled_from(LABELS), st.sampled_from(OPERATIONS), st.lists(st.sampled_from(OPERANDS))
).map(lambda parts: f"{parts[0]} {parts[1]} {', '.join(parts[2])}")


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(lines).map("\n".join), st.text()))
def test_any_source_is_a_program_or_told_mistakes(source: str) -> None:
    try:
        made = assemble(I8080, source)
    except AsmError as error:
        told = error.details()
    else:
        told = made.listing()
    assert told


def _squares(count: int) -> str:
    lines = [f"q{i + 1} equ q{i}*q{i}" for i in range(count)]
    return "\n".join(["q0 equ 3", *lines, f" db q{count}&1"])


def _doubling(body: str, call: str) -> str:
    levels = [f"m{i + 1} macro x\n{call.format(i) * 2} endm\n" for i in range(40)]
    return f"m0 macro x\n{body}\n endm\n{''.join(levels)} m40 1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (_squares(60), "a number of more than 1024 bits"),
        (" rept 2000\n org 0\n ds 0ffffh,1\n endm", "the program has more than 67,108,864 bytes"),
        (_doubling(" nop", " m{} x\n"), "the source repeats itself without end"),
        (_doubling(" db x&1", " m{} x+x+x+x+x+x+x+x\n"), "line of more than 65,536 characters"),
        (" if 1\n" * 100_000, "if without endif"),
        (" rept 99999999\n if 0\n" + " nop\n" * 9000 + " endif\n endr", "too much work"),
        ("\n" * 300_000, "more than 300,000 lines"),
        ("a" * 300 + ": nop", "name of more than 256 characters"),
        (" db 1" + "0" * 5000, "number of more than 256 digits"),
        (" db " + "-" * 5000 + "1", "expression too long"),
        (" mvi a," + "1+" * 300 + "1", "operands of more than 200 words"),
    ],
)
def test_no_source_takes_memory_or_time_without_bound(source: str, message: str) -> None:
    with pytest.raises(AsmError) as caught:
        program(source)
    assert message in caught.value.reports[0].message
    assert len(caught.value.details()) < 1 << 14


def test_a_long_line_is_shown_near_the_mistake() -> None:
    source = " db " + "1," * 3000 + "\x1b"
    with pytest.raises(AsmError) as caught:
        program(source)
    _, line, caret = caught.value.details().split("\n")
    assert line.endswith("1,1,?")
    assert caret.index("^") == len(line) - 1
