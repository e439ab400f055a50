"""The flat machine: every CPU on every engine runs, prints, reads and ends, exactly there."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import machines
from emucore.assembler import assemble
from emucore.base.errors import Mistakes, UserError
from emucore.base.files import write_atomically
from emucore.body import engines
from emucore.body.events import Text
from emucore.cpus import CPUS, isa
from emucore.history import recording
from emucore.machine import Machine
from machines.boards.flat.board import Shape
from machines.boards.flat.console import TEXT
from machines.boards.flat.machine import Flat
from machines.host.cli import main
from machines.host.headless.diverge import diverge
from machines.host.headless.headless import run

ENGINES = ("reference", "interp", "jit")

# Reads a line and prints each character's successor; the Return key ends it, with status 3.
ECHO = {
    "8080": """
next:   in 0
        ora a
        jz next
        cpi 13
        jz end
        inr a
        out 0
        jmp next
end:    mvi a, 3
        out 1
        jmp next
""",
    "z80": """
next:   in a, (0)
        or a
        jr z, next
        cp 13
        jr z, end
        inc a
        out (0), a
        jr next
end:    ld a, 3
        out (1), a
        jr next
""",
    "6502": """
next:   lda $ff00
        beq next
        cmp #13
        beq end
        clc
        adc #1
        sta $ff00
        jmp next
end:    lda #3
        sta $ff04
        jmp next
""",
    "rv32": """
next:   lbu a0, -256(zero)
        beqz a0, next
        addi a1, a0, -13
        beqz a1, end
        addi a0, a0, 1
        sb a0, -256(zero)
        j next
end:    addi a0, zero, 3
        sb a0, -252(zero)
        j next
""",
}

# Ways to come to rest, and the clock at which that is: by each CPU's manual.
RESTS = [
    ("8080", " mvi a, 1\n hlt\n", 7 + 7),
    ("8080", " mvi a, 2\nhere: dcr a\n jnz here\nstay: jmp stay\n", 7 + 2 * 15),
    ("z80", " ld a, 1\n halt\n", 7 + 4),
    ("z80", " ld b, 2\nhere: djnz here\nstay: jr stay\n", 7 + 13 + 8 + 12),  # the first sets WZ
    ("6502", " lda #1\nstay: jmp stay\n", 2),
    ("6502", " lda #1\n brk\n", 2 + 7),
    ("6502", " lda #1\n db $02\n", 2),  # it jams
    ("rv32", " addi a0, zero, 1\nstay: j stay\n", 1),
    ("rv32", " addi a0, zero, 1\n wfi\n", 2),
]


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], Path]:
    """A file with a source in it."""

    def write(text: str, name: str = "program.asm") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def flat(*args: object, **options: object) -> Flat:
    machine = machines.load("flat", *args, **options)  # type: ignore[arg-type]
    assert isinstance(machine, Flat)
    return machine


def emu(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, "".join(f"{x}\n" for x in err.splitlines() if "preparing" not in x)


def test_all_cpus_and_engines_are_tried() -> None:
    assert machines.find("flat").cpus == tuple(CPUS) == tuple(ECHO)
    assert set(ENGINES) == set(engines.names())
    assert {cpu for cpu, _, _ in RESTS} == set(CPUS)


# -- running --------------------------------------------------------------------------------------


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("engine", ENGINES)
def test_without_media_it_prints_a_line(cpu: str, engine: str) -> None:
    machine = flat(cpu=cpu, engine=engine)
    assert (machine.status, machine.console and machine.console.text) == (None, "")
    assert machine.run(frames=3) == 0
    assert machine.printer.text.startswith("Hello from a")
    assert machine.printer.text.endswith(".\n")
    assert machine.status == 0


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_and_schedules_agree(cpu: str, engine: str) -> None:
    """By frames, by instructions, by pieces: the same end, to the bit."""
    whole = flat(cpu=cpu, engine="reference")
    whole.run(frames=1)
    frames, steps, pieces = (flat(cpu=cpu, engine=engine) for _ in range(3))
    assert frames.run(frames=1) == 0
    done = steps.step(10_000)
    assert 0 < done < 10_000
    for end in range(7, 10_000, 7):
        if not pieces.run_until(end):
            break
    for machine in (frames, steps, pieces):
        assert machine.state_sha256() == whole.state_sha256()
        assert machine.printer.text == whole.printer.text
        assert machine.step() == machine.run(frames=1) == 0


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_lockstep(cpu: str, engine: str, source: Callable[[str], Path]) -> None:
    """What is typed is answered, and ends it: instruction for instruction as on the reference."""
    pair = tuple(
        flat(source(ECHO[cpu]), cpu=cpu, engine=name, clock=50_000)
        for name in ("reference", engine)
    )
    assert diverge((pair[0], pair[1]), 20, Text(b"HAL\r")) is None
    for machine in pair:
        assert (machine.printer.text, machine.status) == ("IBM", 3)
    assert pair[0].state_sha256() == pair[1].state_sha256()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("cpu", "text", "clock"), RESTS)
def test_where_it_ends(
    cpu: str, text: str, clock: int, engine: str, source: Callable[[str], Path]
) -> None:
    machine = flat(source(text), cpu=cpu, engine=engine)
    assert machine.run(frames=1) == 0
    assert (machine.time, machine.status) == (clock, 0)
    other = flat(source(text), cpu=cpu, engine=engine)
    other.run_until(clock)  # exactly so far
    assert other.time == clock
    assert other.run(frames=1) == 0
    assert other.state_sha256() == machine.state_sha256()


@pytest.mark.parametrize("engine", ENGINES)
def test_it_ends_late(engine: str, source: Callable[[str], Path]) -> None:
    """After frames, at any place in one."""
    for extra in range(0, 90, 10):
        text = " nop\n" * extra + " lxi h, 900\nhere: dcx h\n mov a, h\n ora l\n jnz here\n hlt\n"
        machine = flat(source(text), cpu="8080", engine=engine, clock=50_000)
        clock = 4 * extra + 10 + 900 * 24 + 7
        assert machine.run(frames=100) == clock // 1000
        assert machine.time == clock


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (" li a0, 42\n li a7, 93\n ecall\n", 42),
        (" li a7, 1\n ecall\n", 1),
        (" ebreak\n", 0),
        (" dw 0\n", 1),
        (" lw a0, 0(zero)\n jalr zero, 0(a0)\n", 1),  # to where there is nothing
        (" li a0, 7\n sb a0, -252(zero)\n", 7),
        (" li a0, 65\n sw a0, -256(zero)\n ebreak\n", 0),  # a word prints its lowest byte
    ],
)
def test_how_risc_v_ends(text: str, status: int, source: Callable[[str], Path]) -> None:
    machine = flat(source(text), cpu="rv32", engine="reference")
    assert machine.run(frames=1) == 0
    assert machine.status == status
    assert machine.printer.text == ("A" if "sw" in text else "")


def test_a_program_that_goes_on_does(source: Callable[[str], Path]) -> None:
    """One that waits for a key, and one that alternates, are not at rest."""
    for text in (ECHO["z80"], "to: jr fro\nfro: jr to\n", "more: ldir\n jr more\n"):
        machine = flat(source(text), engine="interp")
        assert machine.run(frames=10) == 10
        assert machine.status is None


@pytest.mark.parametrize("engine", ENGINES)
def test_hooks_are_called_as_ever(engine: str, source: Callable[[str], Path]) -> None:
    """Each once at each visit, also where the program rests; and nothing else is different."""
    text = " lxi h, 500\nhere: dcx h\n shld 1000h\n mov a, h\n ora l\n jnz here\nstay: jmp stay\n"
    plain, hooked = (flat(source(text), cpu="8080", engine=engine) for _ in range(2))
    visits: list[int] = []
    writes: list[object] = []
    for name in ("here", "stay"):
        hooked.hook("cpu", name, lambda m: visits.append(m.cpus["cpu"].pc))
    hooked.hook("cpu", 0x1000, lambda m, access: writes.append(access), on="write")
    plain.run(1)
    hooked.run(1)
    assert visits == [3] * 500 + [hooked.symbols["stay"]]
    assert len(writes) == 500
    assert hooked.state_sha256() == plain.state_sha256()


# -- the console ----------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_printed_is_lost(engine: str, source: Callable[[str], Path]) -> None:
    """More in a frame than the console has room for."""
    text = "next: ld a, l\n or 64\n out (0), a\n inc hl\n ld a, h\n cp 9\n jr nz, next\n halt\n"
    machine = flat(source(text), engine=engine, clock=20_000_000)
    assert machine.run(1) == 0
    assert TEXT < 9 * 256
    assert machine.printer.text.encode("latin-1") == bytes(i & 255 | 64 for i in range(9 * 256))


def test_who_waits_for_a_key_is_known(source: Callable[[str], Path]) -> None:
    machine = flat(source(ECHO["6502"]), cpu="6502")
    assert not machine.waiting
    machine.run(1)
    assert machine.waiting
    outcome = run(machine, Text(b"a"))  # no more is to come, and nobody bounds it
    assert (outcome.starved, outcome.ended, machine.printer.text) == (True, False, "b")
    polls = source("next: ld a, (0)\n in a, (1)\n or a\n jr z, next\n in a, (0)\n jr next\n")
    machine = flat(polls)
    machine.run(1)
    assert not machine.waiting
    room = machine.keyboard_room()
    machine.type(b"x" * room)
    assert machine.keyboard_room() == 0
    with pytest.raises(UserError, match="no room for 1 typed"):
        machine.type(b"x")
    machine.run(10)
    assert machine.keyboard_room() == room


# -- states, copies, recordings -------------------------------------------------------------------


@pytest.mark.parametrize("way", [copy.copy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies(way: Callable[[Machine], Machine], source: Callable[[str], Path]) -> None:
    machine = flat(source(ECHO["rv32"]), cpu="rv32")
    machine.type(b"ab")
    machine.run(1)
    other = way(machine)
    assert isinstance(other, Flat)
    assert other.printer.text == ""
    assert other.symbols["next"] == 0x8000_0000
    for each in (machine, other):
        each.type(b"c\r")
        assert each.run(2) == 0
    assert (machine.printer.text, other.printer.text) == ("bcd", "d")
    assert machine.state_sha256() == other.state_sha256()


@pytest.mark.parametrize("cpu", CPUS)
def test_states_recordings_and_history(
    cpu: str, tmp_path: Path, source: Callable[[str], Path]
) -> None:
    machine = flat(source(ECHO[cpu]), cpu=cpu)
    machine.keep_history()
    machine.run(2)
    recorder = recording.Recorder(machine)
    machine.save_state(tmp_path / "a.state")
    machine.type(b"xy\r")
    assert machine.run(3) == 0
    recorder.save(tmp_path / "a.rec")
    end = machine.state_sha256()
    assert machine.rewind(2) == 2
    assert machine.status is None
    assert machine.frame == 0
    for engine in ENGINES:
        other = flat(source(ECHO[cpu]), cpu=cpu, engine=engine)
        other.load_state(tmp_path / "a.state")
        other.type(b"xy\r")
        assert (other.run(3), other.printer.text, other.status) == (0, "yz", 3)
        assert other.state_sha256() == end
    assert recording.start(other, tmp_path / "a.rec").play(other)
    other.reset()
    assert (other.status, other.time) == (None, 0)


def test_a_damaged_state_is_refused(source: Callable[[str], Path]) -> None:
    machine = flat(engine="reference")
    for name, value in (("taken", 1), ("typed", 5000), ("status", 256), ("printed", -1)):
        other = machine.clone()
        other.arena[f"console.{name}"][0] = value
        with pytest.raises(UserError, match="damaged"):
            machine.load_state_bytes(other.state_bytes())


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
    text = (Path(__file__).parent.parent / "docs" / "flat.md").read_text()
    program, told, script = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "lesson.asm").write_text(program)
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


def test_a_cpu_of_ones_own() -> None:
    """Whatever the description says: this one has packets of words."""
    from toy_vliw import toy

    assert Shape.usual(toy).board().cpus[0].isa is toy
