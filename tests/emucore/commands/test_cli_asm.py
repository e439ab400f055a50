"""emu asm, disasm and isa as a user calls them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from emucore.cpus import CPUS
from machines.host.cli import main


def test_assemble_and_disassemble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "x.asm"
    source.write_text("start: mvi a,1\n jmp start\n")
    listing, symbols = tmp_path / "x.lst", tmp_path / "x.sym"
    options = ["--org", "100h", "--listing", str(listing), "--symbols", str(symbols)]
    assert main(["asm", "--isa", "8080", str(source), *options]) == 0
    assert "5 bytes from 0x100" in capsys.readouterr().out
    image = tmp_path / "x.bin"
    assert image.read_bytes() == bytes.fromhex("3e01c30001")
    assert listing.read_text().startswith("0100  3e 01")
    assert symbols.read_text() == "start equ 0x0100\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.asm", "x.bin", "x.lst", "x.sym"]

    assert main(["disasm", "--isa", "8080", str(image), "--org", "$100"]) == 0
    assert capsys.readouterr().out == "0100  3e 01     mvi a,01h\n0102  c3 00 01  jmp 0100h\n"
    part = ["--org", "0x100", "--start", "0x102", "--length", "3"]
    assert main(["disasm", "--isa", "8080", str(image), *part]) == 0
    assert capsys.readouterr().out == "0102  c3 00 01  jmp 0100h\n"


@pytest.mark.parametrize("cpu", CPUS)
def test_a_source_makes_the_same_bytes(
    cpu: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of any bytes: what means nothing is data."""
    image, source, again = (tmp_path / name for name in ("x.bin", "x.asm", "y.bin"))
    image.write_bytes(random.Random(cpu).randbytes(0x800))
    assert main(["disasm", "--isa", cpu, str(image), "--org", "0x400", "--source"]) == 0
    source.write_text(capsys.readouterr().out)
    assert main(["asm", "--isa", cpu, str(source), "-o", str(again)]) == 0
    assert again.read_bytes() == image.read_bytes()


def test_a_mistake_is_told_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "x.asm"
    source.write_text(" mvi a,1\n mvi a,999\n foo\n")
    assert main(["asm", "--isa", "8080", str(source)]) == 2
    told = capsys.readouterr().err
    assert f"{source}:2:8: operand 999 does not fit 8 bits" in told
    assert f"{source}:3:2: unknown instruction 'foo'" in told
    assert "Traceback" not in told
    assert [p.name for p in tmp_path.iterdir()] == ["x.asm"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["asm", "--isa", "8081", "x.asm"], "unknown CPU '8081': there are 8080, z80, 6502, rv32"),
        (["asm", "--isa", "8080", "none.asm"], "none.asm: No such file"),
        (["asm", "--isa", "8080", "."], "Is a directory"),
        (["asm", "--isa", "8080", "x.asm", "-o", "x.asm"], "is the source itself"),
        (["asm", "--isa", "8080", "x.asm", "-o", "none/x.bin"], "none/x.bin: No such file"),
        (["asm", "--isa", "8080", "x.asm", "--org", "z"], "'z' is no number"),
        (["asm", "--isa", "8080", "latin.asm"], "latin.asm:1:1:"),
        (["disasm", "--isa", "8080", "none.bin"], "none.bin: No such file"),
        (["disasm", "--isa", "8080", "x.asm", "--start", "99"], "outside the file"),
        (["disasm", "--isa", "8080", "x.asm", "--org", "0xffff"], "does not fit 16 bits"),
        (["isa", "8081"], "unknown CPU '8081'"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.asm").write_text(" nop\n nop\n")
    Path("latin.asm").write_bytes(b" db '\xe4'\n")
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") <= (3 if "latin" in told else 1)


@pytest.mark.parametrize("cpu", ["8080", "rv32"])
def test_datasheets(cpu: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["isa", cpu, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == cpu
    assert main(["isa", cpu, "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# ")
    assert main(["isa", cpu]) == 0
    assert "Instructions" in capsys.readouterr().out
