"""RV32's machine mode beyond what riscv-tests ask: interrupts, WFI, counters, precise traps."""

from __future__ import annotations

import pytest

from emucore.body.registers import Registers
from emucore.cpus.rv32 import RV32, rv32
from emucore.cpus.rv32.system import CSRS
from emucore.ir.ops import Access
from emucore.language.registers import NEVER
from emucore.plan.cpu_layout import size
from emucore.reference.evaluate import Reference

BASE = 0x8000_0000
NUMBERS = {name: number for number, name in CSRS.items()}
ENCODINGS = {i.syntax.split()[0]: i.encoding for i in rv32.instructions}


def i(name: str, **fields: int) -> int:
    """The word of an instruction; fields not given are 0."""
    encoding = ENCODINGS[name]
    values = {f.name: fields.get(f.name, 0) & f.mask for f in encoding.fields}
    assert set(fields) <= set(values)
    return encoding.encode(values)[0]


def csr(name: str, number: str | int, **fields: int) -> int:
    return i(name, csr=NUMBERS[number] if isinstance(number, str) else number, **fields)


NOP = i("addi")


class Hart:
    """A program at BASE, in memory that is full of NOPs."""

    def __init__(self, *program: int) -> None:
        self.bytes = bytearray(NOP.to_bytes(4, "little") * 1024)
        for n, word in enumerate(program):
            self.bytes[4 * n : 4 * n + 4] = word.to_bytes(4, "little")
        self.registers = Registers(RV32, memoryview(bytearray(size(RV32))), 0)
        self.registers.reset()
        self.registers["pc"] = BASE
        self.registers["mtvec"] = BASE + 0x100
        self.engine = Reference(rv32, self.registers, self)

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        at = address - BASE
        return int.from_bytes(self.bytes[at : at + width // 8], "little"), clock

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        at = address - BASE
        self.bytes[at : at + width // 8] = value.to_bytes(width // 8, "little")
        return clock

    def __getitem__(self, name: str) -> int:
        return self.registers[name]

    def set(self, **values: int) -> Hart:
        for name, value in values.items():
            self.registers[name] = value
        return self

    def steps(self, count: int = 1) -> Hart:
        for _ in range(count):
            self.engine.step()
        return self

    @property
    def trapped(self) -> tuple[int, int, int]:
        """mcause, mepc from BASE, mtval, of a hart that is at the handler."""
        assert self["pc"] == BASE + 0x100
        return self["mcause"], self["mepc"] - BASE, self["mtval"]


# -- exceptions -----------------------------------------------------------------------------------


def test_ecall_and_mret() -> None:
    hart = Hart(NOP, i("ecall")).set(mstatus_mie=1).steps(2)
    assert hart.trapped == (11, 4, 0)
    assert (hart["mstatus"], hart["mstatus_mpie"]) == (0x1880, 1)
    hart.bytes[0x100:0x104] = i("mret").to_bytes(4, "little")
    hart.steps()
    assert (hart["pc"], hart["mstatus"]) == (BASE + 4, 0x1888)


def test_ebreak() -> None:
    assert Hart(NOP, i("ebreak")).steps(2).trapped == (3, 4, BASE + 4)


@pytest.mark.parametrize(
    "word",
    [
        0,
        0xFFFF_FFFF,
        i("slli", rd=1, rs1=1) | 1 << 25,  # shamt[5]: section 2.4.1
        i("mret") | 1 << 7,
        i("add") | 1 << 26,
        i("lw") | 0x7000,
        csr("csrrw", 0x180),  # satp: there is no S-mode
        csr("csrrs", 0xB01),  # there is no mtime among the machine counters
        csr("csrrs", 0xB20),
        csr("csrrs", 0xC03),
        csr("csrrw", "mhartid", rs1=0),
        csr("csrrs", "cycle", rs1=1),
        csr("csrrci", "time", uimm=1),
    ],
)
def test_illegal_instructions(word: int) -> None:
    hart = Hart(NOP, word).set(ra=7).steps(2)
    assert hart.trapped == (2, 4, word)
    assert hart["ra"] == 7


@pytest.mark.parametrize("name", ["cycle", "mhartid", "time", "mvendorid"])
def test_reading_without_writing_is_legal(name: str) -> None:
    for word in (csr("csrrs", name, rd=1), csr("csrrc", name, rd=1), csr("csrrsi", name, rd=1)):
        hart = Hart(word).steps()
        assert hart["pc"] == BASE + 4


@pytest.mark.parametrize(
    ("word", "target"),
    [
        (i("jal", rd=1, offset=6), BASE + 6),
        (i("jalr", rd=1, rs1=2, imm=2), BASE + 0x22),
        (i("beq", offset=-2 & 0x1FFF), BASE - 2),
    ],
)
def test_misaligned_jumps_change_nothing(word: int, target: int) -> None:
    hart = Hart(word).set(ra=7, sp=BASE + 0x20).steps()
    assert hart.trapped == (0, 0, target)
    assert (hart["ra"], hart["minstret_offset"]) == (7, (1 << 64) - 1)


def test_a_branch_not_taken_may_have_any_target() -> None:
    assert Hart(i("bne", offset=6)).steps()["pc"] == BASE + 4


def test_jalr_clears_bit_0_and_may_overwrite_its_base() -> None:
    hart = Hart(i("jalr", rd=1, rs1=1, imm=1)).set(ra=BASE + 0x20).steps()
    assert (hart["pc"], hart["ra"]) == (BASE + 0x20, BASE + 4)


def test_misaligned_data() -> None:
    hart = Hart(
        i("sw", rs1=2, rs2=3, imm=1), i("lh", rd=4, rs1=2, imm=3), i("lw", rd=5, rs1=2, imm=1)
    )
    hart.set(sp=BASE + 0x200, gp=0x8899_AABB).steps(3)
    assert (hart["tp"], hart["t0"]) == (0xFFFF_8899, 0x8899_AABB)


def test_x0_stays_zero() -> None:
    hart = Hart(i("addi", imm=5), csr("csrrs", "misa"), i("jal", offset=8)).steps(3)
    assert hart["zero"] == 0


# -- CSRs -----------------------------------------------------------------------------------------

WRITABLE = {
    "mstatus": (0x1880 | 8, 0x1800),
    "misa": (0x4000_1100, 0x4000_1100),
    "mie": (0x888, 0),
    "mtvec": (0xFFFF_FFFD, 0),
    "mstatush": (0, 0),
    "mcountinhibit": (0, 0),
    "mscratch": (0xFFFF_FFFF, 0),
    "mepc": (0xFFFF_FFFC, 0),
    "mcause": (0xFFFF_FFFF, 0),
    "mtval": (0xFFFF_FFFF, 0),
    "mip": (0, 0),
    "tselect": (0, 0),
    "tdata1": (0, 0),
    "tdata2": (0, 0),
}


@pytest.mark.parametrize("name", WRITABLE)
def test_what_csrs_hold(name: str) -> None:
    """All ones, then all zeros, are written; what reads back is what is implemented."""
    ones, zeros = WRITABLE[name]
    hart = Hart(
        csr("csrrw", name, rs1=1),
        csr("csrrs", name, rd=2),
        csr("csrrc", name, rs1=1, rd=3),
        csr("csrrsi", name, rd=4),
        csr("csrrsi", name, rd=5, uimm=31),
        csr("csrrci", name, rd=6, uimm=31),
        csr("csrrwi", name, rd=7, uimm=0),
    )
    hart.set(ra=0xFFFF_FFFF).steps(7)
    low = ones & 31 | zeros
    assert [hart[r] for r in ("sp", "gp", "tp", "t0", "t1", "t2")] == [
        *(ones, ones, zeros, zeros, low, zeros)
    ]


def test_every_csr_is_tested() -> None:
    counters = {n for n in CSRS.values() if n.removesuffix("h")[-5:] in ("cycle", "stret", "time")}
    read_only = {name for number, name in CSRS.items() if number >> 10 == 3}
    assert set(CSRS.values()) == set(WRITABLE) | counters | read_only


def test_hpm_counters_read_zero() -> None:
    for number in (0xB03, 0xB1F, 0xB83, 0xB9F, 0x323, 0x33F):
        hart = Hart(csr("csrrw", number, rs1=1, rd=2), csr("csrrs", number, rd=3))
        hart.set(ra=5, sp=6, gp=7).steps(2)
        assert (hart["sp"], hart["gp"], hart["pc"]) == (0, 0, BASE + 8)


# -- counters -------------------------------------------------------------------------------------


def test_counters_count_what_came_before() -> None:
    hart = Hart(NOP, NOP, csr("csrrs", "minstret", rd=1), csr("csrrs", "mcycle", rd=2)).steps(4)
    assert (hart["ra"], hart["sp"], hart["clock"]) == (2, 3, 4)


def test_what_is_written_is_read_next() -> None:
    """Section 3.1.10: the write takes the place of the increment."""
    for name in ("minstret", "mcycle"):
        hart = Hart(
            csr("csrrwi", name + "h", uimm=3),
            csr("csrrw", name, rs1=1),
            csr("csrrs", name, rd=2),
            csr("csrrs", name + "h", rd=3),
        )
        hart.set(ra=0xFFFF_FFFF).steps(4)
        assert (hart["sp"], hart["gp"]) == (0xFFFF_FFFF, 4)


def test_traps_do_not_retire() -> None:
    hart = Hart(NOP, i("ecall"))
    hart.bytes[0x100:0x108] = b"".join(
        w.to_bytes(4, "little")
        for w in (csr("csrrs", "instret", rd=1), csr("csrrs", "cycle", rd=2))
    )
    hart.steps(4)
    assert (hart["ra"], hart["sp"]) == (1, 3)


# -- interrupts -----------------------------------------------------------------------------------

ALL = 0x888


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ({"msip": 0}, 3),
        ({"mtip": 0}, 7),
        ({"meip": 0}, 11),
        ({"msip": 0, "mtip": 0}, 3),
        ({"msip": 0, "mtip": 0, "meip": 0}, 11),
    ],
)
@pytest.mark.parametrize("vectored", [0, 1])
def test_interrupts(lines: dict[str, int], number: int, vectored: int) -> None:
    hart = Hart(NOP).set(mie=ALL, mstatus_mie=1, mtvec=BASE + 0x200 + vectored, mtval=9, **lines)
    hart.steps()
    assert hart["mcause"] == 1 << 31 | number
    assert hart["pc"] == BASE + 0x200 + 4 * number * vectored
    assert (hart["mepc"], hart["mtval"], hart["mstatus"]) == (BASE, 0, 0x1880)
    hart.steps()  # no second time: MIE is off
    assert hart["pc"] == BASE + 0x204 + 4 * number * vectored


def test_exceptions_are_not_vectored() -> None:
    assert Hart(i("ecall")).set(mtvec=BASE + 0x101).steps().trapped == (11, 0, 0)


@pytest.mark.parametrize(
    "values", [{"mie": 0x80}, {"mstatus_mie": 1}, {"mie": 0x808, "mstatus_mie": 1}]
)
def test_interrupts_that_are_off(values: dict[str, int]) -> None:
    assert Hart(NOP).set(mtip=0, **values).steps()["pc"] == BASE + 4


def test_an_interrupt_comes_when_its_line_does() -> None:
    hart = Hart(NOP, NOP, NOP).set(mie=ALL, mstatus_mie=1, mtip=2)
    assert hart.steps(2)["pc"] == BASE + 8
    assert hart.steps().trapped == (1 << 31 | 7, 8, 0)


def test_mip_shows_the_lines() -> None:
    hart = Hart(csr("csrrs", "mip", rd=1)).set(msip=0, meip=1, mtip=2).steps()
    assert hart["ra"] == 0x808


@pytest.mark.parametrize("enabled", [0, 1])
def test_wfi(enabled: int) -> None:
    """Wakes for what mie enables, also where mstatus.MIE forbids to take it (section 3.3.3)."""
    hart = Hart(i("wfi"), csr("csrrs", "minstret", rd=1)).set(mie=0x80, mstatus_mie=enabled)
    hart.steps(5)
    assert (hart["pc"], hart["clock"], hart["waiting"]) == (BASE + 4, 5, 1)
    hart.set(msip=0).steps()
    assert hart["waiting"] == 1
    hart.set(mtip=6).steps()
    assert hart["waiting"] == 0
    if enabled:
        assert hart.trapped == (1 << 31 | 7, 4, 0)
    else:
        assert (hart["ra"], hart["pc"]) == (1, BASE + 8)
    assert hart["clock"] == 7


def test_reset() -> None:
    hart = Hart(NOP).set(reset=0, reset_vector=BASE + 0x40, mstatus_mie=1, mie=ALL, mtip=0)
    hart.set(waiting=1, mcause=5).steps()
    assert (hart["pc"], hart["mstatus"], hart["mcause"]) == (BASE + 0x40, 0x1800, 0)
    assert hart.steps(2)["pc"] == BASE + 0x48


def test_lines_start_released() -> None:
    assert Hart()["mtip"] == NEVER
