"""What the flat machine takes: programs of all kinds, options, and what is wrong with them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flat_programs import ECHO, flat
from flat_programs import source as source

from emucore.assembler import assemble
from emucore.base.errors import Mistakes
from emucore.base.files import write_atomically
from emucore.body.events import Text
from emucore.cpus import CPUS, isa
from machines.host.cli import main
from machines.host.headless import terminal

ENGINES = ("reference", "interp", "jit")


def emu(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, "".join(f"{x}\n" for x in err.splitlines() if "preparing" not in x)


# -- programs and options -------------------------------------------------------------------------


def test_programs_of_all_kinds(tmp_path: Path, source: Callable[[str], Path]) -> None:
    binary = tmp_path / "prog.bin"
    binary.write_bytes(assemble(isa("z80"), ECHO["z80"], origin=0x8000).image())
    machine = flat(binary, load=0x8000, sp="$c000")
    assert machine.disassemble(count=1)[0].address == 0x8000
    assert machine.cpus["cpu"].sp == 0xC000
    machine = flat(source(" org 100h\n nop\nbegin: halt\n end begin\n"))
    assert (machine.cpus["cpu"].pc, machine.symbols["begin"]) == (0x101, 0x101)
    assert flat(source(" nop\n halt\n"), start="1").cpus["cpu"].pc == 1
    machine = flat(source(" lda #1\n"), cpu="6502", sp=0x7F)
    assert (machine.cpus["cpu"].pc, machine.cpus["cpu"].s) == (0x200, 0x7F)
    machine = flat(cpu="6502", at=0x8000, size=0x1000, console=0x8000)
    assert machine.cpus["cpu"].pc == 0x8000
    machine = flat(cpu="rv32", size=0x20000, at=0x10000, console=0x1000_0000)
    assert (machine.cpus["cpu"].pc, machine.cpus["cpu"].sp) == (0x10000, 0x2FFC0)
    machine.run(1)
    assert machine.printer.text == ""  # it prints where no console is


def test_executables() -> None:
    """RAM is where they want it, and they are called by their names."""
    from roms_test.kernels.c import C_KERNELS

    path = C_KERNELS["fibonacci"].bare
    machine = flat(path, cpu="rv32", engine="interp")
    assert machine.cpus["cpu"].pc >> 16 == machine.shape.at >> 16 == 1
    assert machine.symbols["repeats"] >> 16 == 2
    assert machine.run(3) == 0  # it ends in a jump to itself
    assert machine.memory[machine.symbols["result"]] != 0


BAD: list[tuple[list[str], str]] = [
    (["--cpu", "pdp11"], "flat has no CPU 'pdp11'; it takes 8080, z80"),
    (["big.bin"], "big.bin: 65,537 bytes at 0x0 do not fit the RAM, which is from 0x0 to 0xffff"),
    (["prog.bin", "--set", "load=0xffff"], "do not fit"),
    (["prog.bin", "--set", "load=0x10000"], "load=0x10000: is not from 0x0 to 0xffff"),
    (["prog.bin", "--set", "load=here"], "load: 'here' is no number"),
    (["prog.bin", "--cpu", "rv32", "--set", "start=0x80000002"], "a multiple of 0x4"),
    (["prog.bin", "--cpu", "rv32", "--set", "at=0x1234"], "a multiple of 0x10000"),
    (["prog.bin", "--cpu", "rv32", "--set", "load=0", "--set", "at=0x10000"], "do not fit the RAM"),
    (["prog.bin", "--set", "size=0"], "size=0x0: is not from 0x100 to 0x10000"),
    (["prog.bin", "--set", "console=255"], "console=0xff: is not from 0x0 to 0xfe"),
    (["prog.bin", "--set", "clock=1"], "clock=0x1: is not from"),
    (["prog.bin", "--cpu", "6502", "--set", "sp=0x100"], "s has 8 bits, not 0x100"),
    (["none.bin"], "none.bin: there is no such file"),
    (["."], ".: is a folder"),
    (["elf"], "an ELF executable of another CPU (number 243)"),
    (["elf", "--cpu", "rv32", "--set", "load=0"], "says itself where it is loaded"),
    (["cut", "--cpu", "rv32"], "cut: header"),
    (["text.bin"], "text.bin: text, not a program; a source is called text.asm"),
    (["p.png"], "p.png: a picture (PNG), not a program"),
    (["prog.bin", "--load-state", "z80.state", "--cpu", "rv32"], "CPU z80, not rv32"),
    (["prog.bin", "--load-state", "z80.state", "--set", "console=2"], "z80.state: "),
    (["prog.bin", "--set", "speed=1"], "flat has no option or switch 'speed'"),
]


@pytest.mark.parametrize(("words", "why"), BAD)
def test_bad_input_is_one_line(
    words: list[str],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from roms_test.kernels.c import C_KERNELS

    monkeypatch.chdir(tmp_path)
    elf = C_KERNELS["fibonacci"].bare.read_bytes()
    for name, data in {
        "prog.bin": bytes([0, 0x76]),
        "big.bin": bytes(0x10001),
        "text.bin": b" mvi a, 1\n hlt\n",
        "p.png": b"\x89PNG\r\n\x1a\n",
        "elf": elf,
        "cut": elf[:20],
    }.items():
        write_atomically(tmp_path / name, data)
    flat(tmp_path / "prog.bin", engine="reference").save_state("z80.state")
    code, out, err = emu(capsys, "run", "flat", *words, "--engine", "reference")
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert why in err


def test_mistakes_in_a_source_are_told_by_place(
    source: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = source(" ld a, 1\n lda 2\n halt\n jp nowhere\n", "wrong.s")
    code, out, err = emu(capsys, "run", "flat", path)
    assert (code, out) == (2, "")
    assert re.findall(r"wrong\.s:(\d+):\d+: ", err) == ["2", "4"]
    with pytest.raises(Mistakes):
        flat(path)


# -- from the shell -------------------------------------------------------------------------------


@pytest.mark.parametrize("cpu", CPUS)
def test_the_first_minute(cpu: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = emu(capsys, "run", "flat", "--cpu", cpu)
    assert code == 0
    assert out.startswith("Hello from a")
    assert re.search(r"^emu: flat: status 0: pc=[0-9a-f]+ ", err)
    assert re.search(r"^emu: flat: 0 frames, clock \d+, ", err.splitlines()[1])


def test_the_status_is_the_exit_code(
    source: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """1 for any that is not 0; it and the registers are told."""
    keys = source("HAL\n", "keys.txt")
    words = "run", "flat", source(ECHO["8080"]), "--cpu", "8080", "--input", keys
    code, out, err = emu(capsys, *words)
    assert (code, out) == (1, "IBM")
    assert "status 3: pc=" in err
    code, out, _ = emu(capsys, *words, "--json")
    assert code == 1
    assert '"status": 3' in out
    code, _, err = emu(capsys, "run", "flat", source("to: jr fro\nfro: jr to\n"), "--frames", "2")
    assert code == 0
    assert "emu: flat: pc=" in err


def test_it_is_played_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "interactive", lambda: True)
    monkeypatch.setattr(terminal, "keyboard", lambda: contextlib.nullcontext(Text(b"")))
    code, out, err = emu(capsys, "play", "flat", "--cpu", "8080")
    assert (code, out) == (0, "Hello from an 8080.\n")
    assert "emu: flat: status 0: pc=" in err


def test_it_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = emu(capsys, "list")
    assert code == 0
    assert re.search(r"^flat +a CPU with RAM and a console", out, re.MULTILINE)
    assert re.search(r"^  --cpu +8080, z80\*, 6502, rv32$", out, re.MULTILINE)


def test_the_lesson_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its program, its commands and its Python do what it says."""
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[3] / "docs" / "flat.md").read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    program, told, script, exercises = blocks
    (tmp_path / "lesson.asm").write_text(program)
    (tmp_path / "exercises.toml").write_text(exercises)
    assert emu(capsys, "test", "--manifest", "exercises.toml")[0] == 0
    (tmp_path / "exercises.toml").write_text(exercises.replace("status = 0", "status = 1"))
    code, out, _ = emu(capsys, "test", "--manifest", "exercises.toml")
    assert (code, "status: expected 1, got 0" in out) == (1, True)
    for command in re.findall(r"^    (?:printf.*\| )?emu (.*)$", text, re.MULTILINE):
        code, out, err = emu(capsys, *command.split())
        assert code == 0
        if "lesson" in command:
            assert out + err.splitlines()[0] == "\n".join(told.splitlines()[:2])
            assert err.splitlines()[1].startswith(told.splitlines()[2].rstrip("…"))
        else:
            assert out.startswith("Hello")
    exec(compile(script, "docs/flat.md", "exec"), {"__name__": "lesson"})
    printed = capsys.readouterr().out.split()
    assert printed == " ".join(re.findall(r"print\(.*# (.*)", script)).split()
    (tmp_path / "lesson.asm").write_text(program.replace("'0'", "'0"))
    code, _, err = emu(capsys, "run", "flat", "lesson.asm")
    assert code == 2
    assert err[: err.index(": ") + 2] in text
