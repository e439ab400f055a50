"""riscv-tests on the reference engine: rv32ui, rv32um and rv32mi, all that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from emucore import elf
from emucore.cpus.rv32 import RV32, rv32
from emucore.evaluate import Reference
from emucore.ops import Access
from emucore.registers import Registers, size

BASE, BYTES = 0x8000_0000, 1 << 16

#: None of them takes a tenth of this.
LIMIT = 20_000

TESTS = {
    "rv32ui": """add addi and andi auipc beq bge bgeu blt bltu bne fence_i jal jalr lb lbu lh lhu
        lui lw ma_data or ori sb sh simple sll slli slt slti sltiu sltu sra srai srl srli sub sw
        xor xori""",
    "rv32um": "div divu mul mulh mulhsu mulhu rem remu",
    "rv32mi": """breakpoint csr illegal lh-misaligned lw-misaligned ma_addr ma_fetch mcsr sbreak
        scall sh-misaligned shamt sw-misaligned zicntr""",
}


class Ram:
    """Memory at BASE, and nothing else; no wait states."""

    def __init__(self, image: elf.Elf) -> None:
        self.bytes = bytearray(BYTES)
        for segment in image.segments:
            at = segment.address - BASE
            assert 0 <= at <= BYTES - segment.size
            self.bytes[at : at + len(segment.data)] = segment.data

    def read(self, access: Access, address: int, width: int, clock: int) -> tuple[int, int]:
        at = address - BASE
        assert 0 <= at <= BYTES - width // 8, f"{access.kind} of {address:#x}"
        return int.from_bytes(self.bytes[at : at + width // 8], "little"), clock

    def write(self, access: Access, address: int, value: int, width: int, clock: int) -> int:
        at = address - BASE
        assert 0 <= at <= BYTES - width // 8, f"{access.kind} of {address:#x}"
        self.bytes[at : at + width // 8] = value.to_bytes(width // 8, "little")
        return clock


@pytest.mark.parametrize(
    "name", [f"{group}-p-{test}" for group, tests in TESTS.items() for test in tests.split()]
)
def test_riscv(suites: Path, name: str) -> None:
    image = elf.load(suites / "riscv" / name)
    assert (image.bits, image.machine) == (32, 243)
    ram = Ram(image)
    registers = Registers(RV32, memoryview(bytearray(size(RV32))), 0)
    registers.reset()
    registers["pc"] = image.entry
    engine = Reference(rv32, registers, ram)
    tohost = image.symbols["tohost"] - BASE
    for _ in range(LIMIT):
        engine.step()
        if any(ram.bytes[tohost : tohost + 4]):
            break
    verdict = int.from_bytes(ram.bytes[tohost : tohost + 4], "little")
    assert verdict == 1, f"test {verdict >> 1} at pc {registers['pc']:#x}"
