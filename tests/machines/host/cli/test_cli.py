"""The command line's contract: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

import importlib
import json
import os
import pty
import subprocess
import sys
import wave
import zlib
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import TESTS

import machines
from emucore.body import engines
from emucore.cpus import CPUS
from emucore.history import snapshot
from machines.host.base.png import png
from machines.host.cli import COMMANDS, main
from machines.host.headless.diverge import diverge
from machines.host.headless.headless import run

EMU = [sys.executable, "-m", "machines.host.cli"]

# Prints "> ", reads a key and answers with the next in the alphabet, until a dot.
NEXT = """
        org 100h
loop:   mvi e, '>'
        mvi c, 2
        call 5
        mvi c, 1
        call 5
        cpi '.'
        rz
        inr a
        mov e, a
        mvi c, 2
        call 5
        jmp loop
"""

MAKE = """
        org 100h
        lxi d, fcb
        mvi c, 22
        call 5
        jmp 0
fcb:    db 0, "NEW     TXT"
"""


@pytest.fixture
def com(tmp_path: Path) -> Path:
    source = tmp_path / "next.asm"
    source.write_text(NEXT)
    assert main(["asm", "--isa", "8080", str(source), "-o", str(tmp_path / "next.com")]) == 0
    return tmp_path / "next.com"


@pytest.fixture
def emu(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command; exit code, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def result(emu: Any, *arguments: object) -> dict[str, Any]:
    code, out, _ = emu("run", *arguments, "--engine", "reference", "--json")
    assert code == 0
    content = json.loads(out)
    assert isinstance(content, dict)
    return content


def test_every_command_exists() -> None:
    for command in COMMANDS.values():
        module = importlib.import_module(command.module)
        assert callable(getattr(module, command.add))
        assert callable(getattr(module, command.run))


def test_list(emu: Any) -> None:
    code, out, err = emu("list")
    assert (code, err) == (0, "")
    code, out, err = emu("list", "--json")
    content = json.loads(out)
    assert code == 0
    names = [m["name"] for m in content["machines"]]
    assert names == machines.names()
    assert {"cpm", "invaders"} <= set(names)
    assert set(content["cpus"]) >= {"8080", "z80", "6502", "rv32"}
    assert "single-step/z80" in content["suites"]
    assert content["engines"] == engines.names()


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_lists_keep_names_whole(emu: Any, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from roms_test.harness.suites import SUITES

    monkeypatch.setenv("COLUMNS", str(columns))
    lines = emu("list")[1].splitlines()
    assert max(map(len, lines)) <= max(columns, 38)
    words = {word.strip("*,") for line in lines for word in line.split()}
    assert words >= {*machines.names(), *CPUS, *SUITES, *engines.names()}
    options = [f"{o}=…" for name in machines.names() for o in machines.find(name).options]
    assert words >= set(options)


def test_suites_have_publishers(emu: Any) -> None:
    from roms_test.harness.publishers import PUBLISHERS
    from roms_test.harness.suites import SUITES

    assert list(PUBLISHERS) == list(SUITES)
    text = emu("test", "--help")[1]
    assert all(f"DIR/{name}" in text and where in text for name, where in PUBLISHERS.items())


def test_run_prints_what_the_contract_says(emu: Any, com: Path) -> None:
    (com.parent / "keys").write_text("abc.")
    content = result(emu, "cpm", com, "--input", com.parent / "keys")
    assert content["console"] == ">ab>bc>cd>."
    assert content["ended"]
    assert content["frames"] == 0
    assert content["speed"] > 0
    machine = machines.load("cpm", com, engine="reference")
    machine.type(b"abc.")
    machine.run_frames(1)
    assert content["clock"] == machine.cpus["cpu"]["clock"]
    assert content["state_sha256"] == machine.state_sha256()
    assert content["frame_crc32"] == "00000000"
    assert content["statistics"]["instructions"] > 40


def test_console_text_goes_to_stdout(emu: Any, com: Path) -> None:
    (com.parent / "keys").write_text("x.")
    code, out, err = emu("run", "cpm", com, "--engine", "reference", "--input", com.parent / "keys")
    assert (code, out) == (0, ">xy>.")
    assert err.count("\n") == 1
    assert "clock" in err


def test_until(emu: Any, com: Path) -> None:
    (com.parent / "keys").write_text("ab")
    run = "run", "cpm", com, "--engine", "reference", "--input", com.parent / "keys"
    assert emu(*run, "--until", "ab>b")[0] == 0
    code, _, err = emu(*run, "--until", "z")
    assert code == 1
    assert "waits for a key" in err
    assert emu(*run, "--until", "z", "--frames", 3)[0] == 1


def test_lengths(emu: Any) -> None:
    assert result(emu, "invaders", "--frames", 2)["frames"] == 2
    assert result(emu, "invaders", "--frames", 0)["frames"] == 0
    content = result(emu, "invaders", "--seconds", 0.05)
    assert content["frames"] == 3
    assert content["emulated_seconds"] == pytest.approx(0.05, abs=0.01)


def test_engines_and_hashes(emu: Any) -> None:
    by = {e: emu("run", "invaders", "--frames", 3, "--engine", e, "--hash")[1] for e in ENGINES}
    assert by["reference"] == by["interp"] == by["jit"]
    (state, value), (picture, crc) = (line.split() for line in by["interp"].splitlines())
    assert (state, len(value), picture, len(crc)) == ("state_sha256", 64, "frame_crc32", 8)


ENGINES = ("reference", "interp", "jit")


def test_input_switches_and_recordings(emu: Any, tmp_path: Path) -> None:
    script, film = tmp_path / "script", tmp_path / "film"
    script.write_text("1 press fire\n3 tap coin 1\n")
    run = "invaders", "--frames", 5
    plain = result(emu, *run)
    played = result(emu, *run, "--input", script, "--record", film)
    assert plain["state_sha256"] != played["state_sha256"]
    for engine in ENGINES:
        code, out, _ = emu("run", "invaders", "--playback", film, "--engine", engine, "--json")
        content = json.loads(out)
        assert (code, content["matched"], content["frames"]) == (0, True, 5)
        assert content["state_sha256"] == played["state_sha256"]
    code, _, err = emu("run", "invaders", "--playback", film, "--engine", "reference")
    assert "as recorded" in err
    switched = result(emu, *run, "--set", "lives=5")
    assert switched["state_sha256"] != plain["state_sha256"]


def test_a_recording_of_a_program_that_ends(emu: Any, com: Path, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a")
    film = tmp_path / "film"
    run = "run", "cpm", com, "--engine", "reference"
    assert emu(*run, "--frames", 3, "--input", tmp_path / "keys", "--record", film)[0] == 0
    assert emu(*run, "--playback", film)[0] == 0
    (tmp_path / "keys").write_text("ab.")
    assert emu(*run, "--input", tmp_path / "keys", "--record", film)[0] == 0
    code, out, err = emu(*run, "--playback", film)
    assert (code, out) == (0, ">ab>bc>.")
    assert "as recorded" in err


def test_a_recording_that_comes_out_otherwise(emu: Any, tmp_path: Path) -> None:
    from emucore.history import container

    film = tmp_path / "film"
    result(emu, "invaders", "--frames", 1, "--record", film)
    header, body = container.unpack("recording", film.read_bytes(), 1 << 24)
    film.write_bytes(container.pack("recording", {**header, "end": "0" * 64}, body))
    code, _, err = emu("run", "invaders", "--playback", film, "--engine", "reference")
    assert code == 1
    assert "NOT as recorded" in err


def test_states(emu: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    result(emu, "invaders", "--frames", 2, "--save-state", state)
    whole = result(emu, "invaders", "--frames", 4)
    rest = result(emu, "invaders", "--frames", 2, "--load-state", state)
    assert rest["state_sha256"] == whole["state_sha256"]
    assert rest["frame_crc32"] == whole["frame_crc32"]


def test_a_state_needs_no_program(emu: Any, com: Path, tmp_path: Path) -> None:
    """The program of a CP/M box is in its RAM: any other will do to make the box."""
    (tmp_path / "other.com").write_bytes(b"\xc9")
    state, keys = tmp_path / "state", tmp_path / "keys"
    result(emu, "cpm", com, "--frames", 1, "--save-state", state)
    keys.write_text("q.")
    content = result(emu, "cpm", tmp_path / "other.com", "--load-state", state, "--input", keys)
    assert content["console"] == "qr>."


def test_pictures_and_sound(emu: Any, tmp_path: Path) -> None:
    import pygame

    shot = tmp_path / "shot.png"
    content = result(emu, "invaders", "--frames", 2, "--screenshot", shot)
    surface = pygame.image.load(shot)
    pixels = pygame.surfarray.array3d(surface).swapaxes(0, 1)
    assert pixels.shape == (256, 224, 3)
    assert f"{zlib.crc32(pixels.tobytes()):08x}" == content["frame_crc32"]


def test_sound(emu: Any, tmp_path: Path) -> None:
    machine = machines.load("invaders", engine="reference")
    if machine.board.speaker is None:
        assert emu("run", "invaders", "--frames", 1, "--wav", tmp_path / "a.wav")[0] == 2
        return
    machine.run_frames(1)
    first = machine.frame_sound
    result(emu, "invaders", "--frames", 3, "--wav", tmp_path / "a.wav")
    with wave.open(str(tmp_path / "a.wav")) as sound:
        assert sound.getframerate() == machine.board.speaker.rate
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    assert abs(len(samples) - 3 * len(first)) <= 3
    assert np.array_equal(samples[: len(first)], first)


def test_png() -> None:
    import io

    import pygame

    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    surface = pygame.image.load(io.BytesIO(png(picture)), "a.png")
    assert np.array_equal(pygame.surfarray.array3d(surface).swapaxes(0, 1), picture)


def test_the_version(emu: Any) -> None:
    code, out, _ = emu("--version")
    assert (code, out) == (0, f"emu {metadata.version('emucore')}\n")


# -- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--"], "required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["run"], "required: MACHINE"),
        (["run", "pdp11"], "no machine 'pdp11'; there are cpm, flat, invaders"),
        (["play", "{here}"], "conftest.py: is no machine (cpm, flat, invaders); a file comes"),
        (["run", "invaders"], "runs for ever"),
        (["run", "invaders", "--until", "x"], "prints no text"),
        (["run", "invaders", "--frames", "-1"], "number of frames"),
        (["run", "invaders", "--frames", "1e9"], "number of frames"),
        (["run", "invaders", "--seconds", "nan"], "number of seconds"),
        (["run", "invaders", "--seconds", "1", "--frames", "1"], "not allowed with"),
        (["run", "invaders", "--frames", "1", "--engine", "warp"], "no engine 'warp'; there are"),
        (["run", "invaders", "--frames", "1", "--cpu", "6502"], "no CPU '6502'; it takes 8080"),
        (["run", "invaders", "--frames", "1", "--set", "lives"], "expected NAME=VALUE"),
        (["run", "invaders", "--frames", "1", "--set", "lives=0"], "no setting lives=0"),
        (["run", "invaders", "--frames", "1", "--set", "cats=9"], "no option or switch 'cats'"),
        (["run", "invaders", "--frames", "1", "--set", "path=x"], "not an option"),
        (["run", "invaders", "/no/such/file", "--frames", "1"], "/no/such/file"),
        (["run", "invaders", "--frames", "1", "--input", "/no/input"], "/no/input: No such file"),
        (["run", "invaders", "--frames", "1", "--input", "/etc"], "/etc: Is a directory"),
        (["run", "invaders", "--frames", "1", "--load-state", "/no/state"], "/no/state: No such"),
        (["run", "invaders", "--frames", "1", "--load-state", "{here}"], "not a state file"),
        (["run", "invaders", "--playback", "{here}"], "not a recording file"),
        (["run", "invaders", "--playback", "{here}", "--frames", "1"], "exclude each other"),
        (["run", "invaders", "--frames", "1", "--screenshot", "/no/dir/a.png"], "no folder"),
        (["run", "invaders", "--frames", "1", "--save-state", "/tmp"], "is a folder"),
        (["run", "cpm"], "needs a .COM file"),
        (["run", "cpm", "{here}", "--screenshot", "a.png"], "has no screen"),
        (["run", "cpm", "{here}", "--wav", "a.wav"], "has no sound"),
        (["play", "cpm", "{here}", "--engine", "reference"], "play it on a terminal"),
        (["diverge", "invaders", "--engines", "reference"], "expected two"),
        (["diverge", "invaders", "--engines", "reference,warp"], "no engine 'warp'"),
        (["asm", "--isa", "8080", "/no/source"], "/no/source"),
        (["disasm", "--isa", "pdp11", "{here}"], "unknown CPU"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(emu: Any, arguments: list[str], why: str) -> None:
    here = str(TESTS / "conftest.py")
    engine = (
        ["--engine", "reference"]
        if arguments[:1] == ["run"] and "--engine" not in arguments
        else []
    )
    code, out, err = emu(*(a.format(here=here) for a in arguments), *engine)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("emu: ")
    assert why in err


def test_mistakes_in_a_source_are_lines_that_editors_know(emu: Any, tmp_path: Path) -> None:
    source = tmp_path / "bad.asm"
    source.write_text(" nop\n nip\n")
    code, _, err = emu("asm", "--isa", "8080", source)
    assert code == 2
    assert err.startswith(f"{source}:2:2: ")
    assert os.listdir(tmp_path) == ["bad.asm"]


def test_help(emu: Any) -> None:
    code, out, _ = emu("--help")
    assert code == 0
    assert all(name in out for name in COMMANDS)
    assert "--until TEXT" in emu("run", "--help")[1]


def test_the_command_alone_is_a_question(emu: Any) -> None:
    """As with git, cargo or pip: what there is, on stdout, and nothing has failed."""
    assert emu() == emu("--help")
    assert emu()[0] == 0


def test_interrupted(emu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("machines.host.cli.run.run", interrupted)
    assert emu("run", "invaders", "--frames", "1", "--engine", "reference")[0] == 130


# -- as processes ---------------------------------------------------------------------------------


def test_as_a_process(com: Path) -> None:
    done = subprocess.run(
        [*EMU, "run", "cpm", com, "--input", "-", "--engine", "reference"],
        input=b"a.",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, b">ab>.")
    done = subprocess.run([*EMU, "run", "no"], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"emu: no machine 'no'; there are cpm, flat, invaders\n"


def piped(com: Path, *options: str, **streams: Any) -> subprocess.CompletedProcess[bytes]:
    command = [*EMU, "run", "cpm", str(com), "--engine", "reference", *options]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **streams)


def test_a_pipe_types(com: Path, tmp_path: Path) -> None:
    """Line ends are Return, and every other byte is itself; a file types as a pipe does."""
    done = piped(com, input=b"a\n\r\n\r\xe9.bc")
    returns = 3 * "\x0e>"  # of 0D the program makes 0E; the echo's CR is not for files
    assert (done.returncode, done.stdout.decode()) == (0, f">ab>{returns}\xe9\xea>.")
    (tmp_path / "keys").write_bytes(b"xy.")
    with (tmp_path / "keys").open() as keys:
        assert piped(com, stdin=keys).stdout == b">xy>yz>."
    done = piped(com, "--json", input=b"a.")
    assert json.loads(done.stdout)["console"] == ">ab>."


def test_at_the_end_of_a_pipe_a_program_waits_in_vain(com: Path) -> None:
    done = piped(com, input=b"a")
    assert (done.returncode, done.stdout) == (0, b">ab>")
    assert b"the program waits for a key" in done.stderr


def test_no_pipe_types_nothing(com: Path) -> None:
    with open(os.devnull) as null:
        done = piped(com, stdin=null)
        assert (done.returncode, done.stdout) == (0, b">")
    command = [*EMU, "run", "cpm", str(com), "--engine", "reference"]
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *command]
    done = subprocess.run(shell, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, b">")


def test_a_program_waits_for_a_pipe_and_no_other_does(com: Path, tmp_path: Path) -> None:
    """What is typed late is waited for; a program that reads nothing ends beside an open pipe."""
    command = [*EMU, "run", "cpm", str(com), "--engine", "reference"]
    emu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert emu.stdin is not None
    assert emu.stdout is not None
    assert emu.stdout.read(1) == b">"
    emu.stdin.write(b"a\r")
    emu.stdin.flush()
    assert emu.stdout.read(5) == b"ab>\x0e>"
    emu.stdin.write(b"\n.")  # the other half of a line end: no key of its own
    emu.stdin.flush()
    assert emu.stdout.read() == b"."
    assert emu.wait(60) == 0
    with subprocess.Popen([*command, "--frames", "10"], stdin=subprocess.PIPE) as emu:
        assert emu.wait(60) == 0  # so long and no longer
    (tmp_path / "end.com").write_bytes(b"\xc9")
    command = [*EMU, "run", "cpm", str(tmp_path / "end.com"), "--engine", "reference"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as emu:
        assert emu.wait(60) == 0


def test_nobody_reads_the_output(tmp_path: Path) -> None:
    emu = subprocess.Popen([*EMU, "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert emu.stdout is not None
    assert emu.stderr is not None
    emu.stdout.close()
    assert emu.wait(60) == 141  # 128 and SIGPIPE: no test has failed
    assert emu.stderr.read() == b""
    emu.stderr.close()


@pytest.mark.parametrize("verb", ["run", "play"])
def test_a_person_at_a_terminal(com: Path, verb: str) -> None:
    master, slave = pty.openpty()
    command = [*EMU, verb, "cpm", str(com), "--engine", "reference"]
    emu = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.PIPE)
    os.close(slave)

    def expect(text: bytes) -> None:
        seen = b""
        while text not in seen:
            seen += os.read(master, 100)

    expect(b">")
    os.write(master, b"a")
    expect(b"ab>")
    os.write(master, b"\x03")  # Ctrl-C is the program's
    expect(b"\x04>")
    os.write(master, b"\x1d")  # Ctrl-] is ours
    assert emu.wait(60) == 0
    assert emu.stderr is not None
    assert b"Ctrl-]" in emu.stderr.read()
    emu.stderr.close()
    os.close(master)


def test_a_paced_run_takes_its_time(com: Path) -> None:
    machine = machines.load("cpm", com, engine="reference")
    outcome = run(machine, frames=10, paced=True)
    assert outcome.emulated == pytest.approx(0.2)
    assert 0.19 <= outcome.seconds < 2


def test_a_warm_start_imports_nothing_it_does_not_need() -> None:
    code = """
import sys
from machines.host.cli import main
print(main("run invaders --frames 1 --engine reference".split()))
print(*[name for name in ("numba", "pygame", "rich", "zstandard") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout.split() == [b"0"]


# -- diverge --------------------------------------------------------------------------------------


def test_an_engine_that_somebody_added_is_like_ours(
    emu: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from emucore.reference.engine import ReferenceEngine

    monkeypatch.setitem(engines.ENGINES, "own", ReferenceEngine)
    assert "own" in json.loads(emu("list", "--json")[1])["engines"]
    assert emu("run", "invaders", "--frames", 1, "--engine", "own")[0] == 0
    (tmp_path / "own.toml").write_text(
        '[[test]]\nname = "one"\nmachine = "invaders"\nframes = 1\nengine = ["own"]\n'
        "[test.expect]\nregisters = { inte = 0 }\n"
    )
    assert emu("test", "--manifest", tmp_path / "own.toml")[0] == 0
    assert emu("test", "--engine", "own", "--suites", tmp_path)[0] == 0
    code, _, err = emu("bench", "--engines", "own,warp")
    assert (code, "own" in err, err.count("\n")) == (2, True, 1)


def test_engines_that_agree(emu: Any) -> None:
    code, out, _ = emu("diverge", "invaders", "--frames", 2)
    assert (code, out) == (0, "reference and interp agree on invaders after 2 frames\n")


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine "wrong": the reference engine, but INR A does what DCR A should."""
    from emucore.isa import Variant
    from emucore.machine import ENGINES as known
    from emucore.machine import Machine
    from emucore.reference.engine import ReferenceEngine

    def make(machine: Machine) -> ReferenceEngine:
        engine = ReferenceEngine(machine)
        cpu = engine.cpus[0]
        inr, dcr = cpu.variant((), 0x3C), cpu.variant((), 0x3D)
        assert isinstance(inr, Variant)
        assert isinstance(dcr, Variant)
        cpu._programs[inr] = cpu._program(dcr)
        return engine

    monkeypatch.setitem(known, "wrong", make)


@pytest.mark.usefixtures("wrong")
def test_the_wrong_instruction_is_found(emu: Any, com: Path) -> None:
    (com.parent / "keys").write_text("a.")
    run = "diverge", "cpm", com, "--engines", "reference,wrong", "--input", com.parent / "keys"
    code, out, _ = emu(*run)
    assert code == 1
    first, *rest = out.splitlines()
    assert first.endswith(": 010f  inr a")
    assert "  cpu.a: 0x62 by reference, 0x60 by wrong" in rest
    code, out, _ = emu(*run, "--json")
    found = json.loads(out)["divergence"]
    assert (code, found["address"], found["text"], found["frame"]) == (1, 0x10F, "inr a", 0)
    assert {e["name"] for e in found["elements"]} >= {"cpu.a"}


@pytest.mark.usefixtures("wrong")
def test_a_difference_after_many_frames(tmp_path: Path) -> None:
    # waits for the fire button, then increments
    rom = tmp_path / "rom"
    rom.write_bytes(bytes.fromhex("db01 e610 ca0000 3c c30800"))
    pair = (
        machines.load("invaders", rom, engine="reference"),
        machines.load("invaders", rom, engine="reference"),
    )
    pair[1].use("wrong")
    from emucore.body.events import read_script

    found = diverge(pair, 8, read_script(pair[0], b"6 press fire", "script"))
    assert found is not None
    assert (found.frame, found.address, found.text) == (6, 7, "inr a")
    assert pair[0].cpus["cpu"]["clock"] <= found.clock + 20  # left behind the instruction


def test_programs_that_write_files_do_not_meet(emu: Any, tmp_path: Path) -> None:
    """Each engine's box has its own copy of the folder, and the real one stays as it is."""
    source = tmp_path / "make.asm"
    source.write_text(MAKE)
    main(["asm", "--isa", "8080", str(source), "-o", str(tmp_path / "make.com")])
    assert emu("diverge", "cpm", tmp_path / "make.com")[0] == 0
    assert sorted(os.listdir(tmp_path)) == ["make.asm", "make.com"]
    state = tmp_path / "state"
    snapshot.save(machines.load("cpm", tmp_path / "make.com", engine="reference"), state)
    assert emu("diverge", "cpm", tmp_path / "make.com", "--load-state", state)[0] == 0
