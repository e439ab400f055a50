"""Bit strings, what is wrong with them, and the decoder's tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import Lab

from emucore.cpus.i8080 import i8080
from emucore.cpus.rv32 import rv32
from emucore.isa import Isa, IsaError, Variant
from emucore.isa.decode import KEY_BITS, decoder
from emucore.isa.encoding import EncodingError, parse

BRANCH = "imm[12|10:5] rs2:5 rs1:5 000 imm[4:1|11] 1100011"


def isa_of(*encodings: str, unit: int = 8) -> Isa:
    """An ISA of these encodings, named by their numbers."""
    isa = Isa("test", Lab, title="", pc=Lab.pc, space=Lab.mem, unit=unit)
    for i, text in enumerate(encodings):
        isa.define(text, f"i{i}", lambda cpu: None)
    return isa


# -- bit strings ----------------------------------------------------------------------------------


def test_one_byte_with_a_static_field() -> None:
    e = parse("10 001 r:3!", 8)
    assert (e.masks, e.values, e.length, e.opcode_units) == ((0xF8,), (0x88,), 1, 1)
    assert e.fields[0].static
    assert e.encode({"r": 5}) == [0x8D]
    assert e.decode([0x8D]) == {"r": 5}
    assert e.decode([0x95]) is None
    assert e.decode([]) is None


def test_operand_units_low_first() -> None:
    e = parse("11001101 nn:16", 8)
    assert (e.length, e.opcode_units, e.operand) == (3, 1, (False, True, True))
    assert e.encode({"nn": 0x1234}) == [0xCD, 0x34, 0x12]
    assert e.decode([0xCD, 0x34, 0x12]) == {"nn": 0x1234}


def test_an_opcode_behind_an_operand() -> None:
    """Z80's DD CB d op."""
    e = parse("11011101 11001011 d:8 00 b:3! 110", 8)
    assert (e.opcode_units, e.operand) == (4, (False, False, True, False))
    assert e.encode({"d": 0x7F, "b": 3}) == [0xDD, 0xCB, 0x7F, 0x1E]


def test_a_field_in_pieces() -> None:
    """RISC-V's branches; the value from the assembler: beq x1,x2,-4."""
    e = parse(BRANCH, 32)
    field = next(f for f in e.fields if f.name == "imm")
    assert (field.width, field.mask, len(field.pieces)) == (13, 0x1FFE, 4)
    assert e.encode({"imm": 0x1FFC, "rs1": 1, "rs2": 2}) == [0xFE208EE3]
    assert e.decode([0xFE208EE3]) == {"imm": 0x1FFC, "rs1": 1, "rs2": 2}


def test_free_bits() -> None:
    e = parse("01-0 r:4", 8)
    assert (e.masks, e.values) == ((0xD0,), (0x40,))
    assert e.encode({"r": 1}) == [0x41]
    assert e.decode([0x61]) == {"r": 1}


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        ("0102", 8, "'0102'"),
        ("01 r=3", 8, "'r=3'"),
        ("01 R:6", 8, "'R:6'"),
        ("0101010", 8, "7 bits"),
        ("", 8, "0 bits"),
        ("00000000 1", 8, "9 bits"),
        ("r:4 r:4", 8, "twice"),
        ("r:0 00000000", 8, "empty"),
        ("r[3:0] r[3:0]", 8, "twice"),
        ("r[1:0|1:0] 0000", 8, "twice"),
        ("r:4 r[3:0]", 8, "twice"),
        ("r[0:3] 0000", 8, r"bits \[0:3\]"),
        ("r[3:|1] 0000", 8, r"bits"),
        ("r[|] 0000", 8, "bits"),
        ("r[3:2]! r[1:0] 0000", 8, "only in part"),
        ("n:8", 8, "nothing to decode"),
        ("--------", 8, "nothing to decode"),
    ],
)
def test_malformed(text: str, unit: int, why: str) -> None:
    with pytest.raises(EncodingError, match=why):
        parse(text, unit)


@pytest.mark.parametrize("value", [-1, 8])
def test_values_that_do_not_fit(value: int) -> None:
    with pytest.raises(EncodingError, match=f"r={value} does not fit"):
        parse("10 001 r:3!", 8).encode({"r": value})


def test_a_bit_that_is_not_encoded_is_not_lost_silently() -> None:
    with pytest.raises(EncodingError, match="imm=3 does not fit"):
        parse(BRANCH, 32).encode({"imm": 3, "rs1": 0, "rs2": 0})


@pytest.mark.parametrize("isa", [i8080, rv32], ids=lambda isa: isa.name)
@given(data=st.data())
def test_decode_undoes_encode(isa: Isa, data: st.DataObject) -> None:
    e = data.draw(st.sampled_from(isa.instructions)).encoding
    fields = {f.name: data.draw(st.integers(0, (1 << f.width) - 1)) & f.mask for f in e.fields}
    assert e.decode(e.encode(fields)) == fields


# -- descriptions that contradict themselves ------------------------------------------------------


@pytest.mark.parametrize(
    ("encodings", "why"),
    [
        (["10 001 r:3!", "10001000"], "one encoding"),
        (["1000 ----", "10-- 0000"], "one encoding"),
        (["11001011", "11001011 00000001"], "also a prefix"),
        (["11001011 00000001", "11001011"], "also a prefix"),
        (["11001011 0000000-", "11001011 00000001"], "one encoding"),
    ],
)
def test_overlaps_are_refused(encodings: list[str], why: str) -> None:
    with pytest.raises(IsaError, match=why):
        decoder(isa_of(*encodings))


def test_overlaps_of_wide_units_are_refused() -> None:
    with pytest.raises(IsaError, match="one encoding"):
        decoder(isa_of("a:16 0000000000000001", "0000000000000001 b:16", unit=32))


def test_where_makes_room() -> None:
    isa = isa_of()
    isa.define("01 d:3! s:3!", "mov", lambda cpu: None, where=lambda d, s: not d == s == 6)
    isa.define("01110110", "hlt", lambda cpu: None)
    root = decoder(isa)[()]
    assert {root.find(u).instruction.syntax for u in range(64, 128)} == {"mov", "hlt"}  # type: ignore[union-attr]
    assert root.find(0) is None


def test_a_parameter_needs_a_field() -> None:
    with pytest.raises(IsaError, match="no field for parameter q"):
        isa_of().define("00000000", "x", lambda cpu, q: None)


# -- the decoder ----------------------------------------------------------------------------------


def expected(isa: Isa, units: list[int]) -> Variant | None:
    """The variant of *units*, by trying them all."""
    for variant in isa.variants():
        count = variant.encoding.opcode_units
        if len(units) < count:
            continue
        patterns = [variant.pattern(i) for i in range(count)]
        if all(u & m == x for u, (m, x) in zip(units, patterns, strict=False)):
            return variant
    return None


def same(a: object, b: Variant | None) -> bool:
    if not isinstance(a, Variant) or b is None:
        return a is b
    return a.instruction is b.instruction and a.fields == b.fields


def test_byte_isas_take_all_eight_bits() -> None:
    root = decoder(i8080)[()]
    assert root.key == tuple(range(8))
    for byte in range(256):
        assert same(root.find(byte), expected(i8080, [byte]))
        assert all(c.mask == 0 for c in root.entries[byte])


@given(word=st.integers(0, 2**32 - 1), data=st.data())
def test_wide_isas_leave_a_mask(word: int, data: st.DataObject) -> None:
    """Twelve bits choose, and the rest of the encoding is compared: here, around real words."""
    root = decoder(rv32)[()]
    assert len(root.key) <= KEY_BITS
    e = data.draw(st.sampled_from(rv32.instructions)).encoding
    near = word & ~e.masks[0] | e.values[0]
    flipped = near ^ 1 << data.draw(st.integers(0, 31))
    for unit in (word, near, flipped):
        assert same(root.find(unit), expected(rv32, [unit]))


def test_the_key_takes_the_bits_that_tell_most() -> None:
    root = decoder(isa_of("0 a:31", "10 b:30", "110 c:29", "111 0 d:28", unit=32))[()]
    assert set(root.key) == {31, 30, 29}
    assert root.find(0xE000_0000).instruction.syntax == "i3"  # type: ignore[union-attr]
    assert root.find(0xF000_0000) is None  # bit 28 is left to the mask


@given(
    st.lists(st.text("01-", min_size=16, max_size=16), min_size=1, max_size=12),
    st.lists(st.integers(0, 2**16 - 1), max_size=20),
)
def test_random_wide_isas(texts: list[str], words: list[int]) -> None:
    """The tables find what trying all finds; what overlaps is refused, and nothing else is."""
    texts = [t for t in texts if t != "-" * 16]
    isa = isa_of(*texts, unit=16)
    parsed = [(i.encoding.masks[0], i.encoding.values[0]) for i in isa.instructions]
    clash = any((x ^ y) & m & n == 0 for k, (m, x) in enumerate(parsed) for n, y in parsed[:k])
    if clash:
        with pytest.raises(IsaError, match="one encoding"):
            decoder(isa)
        return
    if not texts:
        return
    root = decoder(isa)[()]
    for word in [*words, *(x for _, x in parsed)]:
        assert same(root.find(word), expected(isa, [word]))


def test_prefixes_have_nodes_of_their_own() -> None:
    isa = isa_of("11001011 00 r:6", "11011101 11001011 d:8 01 b:3! 110", "11011101 00100001 nn:16")
    nodes = decoder(isa)
    assert set(nodes) == {(), (0xCB,), (0xDD,), (0xDD, 0xCB)}
    assert nodes[()].find(0xDD) == (0xDD,)
    assert nodes[(0xDD,)].find(0xCB) == (0xDD, 0xCB)
    for byte in range(256):
        found = nodes[(0xDD, 0xCB)].find(byte)
        assert same(found, expected(isa, [0xDD, 0xCB, 0x55, byte]))
