"""Manifests: a user's own tests pass, fail by the field, and are refused with one line."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from machines.host.cli import main as emu

#: mvi a,'O'; out 0; mvi a,'K'; out 0; sta 2000h; out 1; hlt: prints OK and ends.
PROGRAM = bytes.fromhex("3e4f d300 3e4b d300 320020 d301 76")
FLAT = """
[[test]]
name = "prints"
machine = "flat"
cpu = "8080"
media = "ok.bin"
load = 0x100
cycles = 10_000
port = 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ok.bin").write_bytes(PROGRAM)
    return tmp_path


def emu_test(folder: Path, text: str, *arguments: str) -> int:
    path = folder / "own.toml"
    path.write_text(text)
    return emu(["test", "--manifest", str(path), *arguments])


@pytest.mark.parametrize("engine", ["reference", "interp"])
def test_a_flat_program(folder: Path, engine: str) -> None:
    text = f"""{FLAT}
engine = "{engine}"
[test.expect]
text = "OK"
not_text = "KO"
ended = true
clock = 57
registers = {{ a = 0x4b, pc = 0x10d, psw = 0x4b02 }}
memory = {{ "0x2000" = "4b 00", 0x100 = "3e" }}
"""
    assert emu_test(folder, text) == 0


@pytest.mark.parametrize(
    ("expect", "shown"),
    [
        ('text = "NO"', "text: expected 'NO', got 'OK'"),
        ('not_text = ["x", "K"]', "text: expected no 'K', got 'OK'"),
        ("ended = false", "ended: expected False, got True"),
        ("clock = 56", "clock: expected 56, got 57"),
        ("registers = { a = 1 }", "a: expected 1, got 4b"),
        ('memory = { "8192" = "4b 01" }', "memory 2000: expected 4b 01, got 4b 00"),
        (f'state_sha256 = "{"0" * 64}"', "state_sha256: expected 0000"),
        ('frame_crc32 = "00000001"', "frame_crc32: expected 00000001, got 00000000"),
        ("registers = { zz = 1 }", "8080 has no register 'zz'"),
    ],
)
def test_each_field_can_fail(
    folder: Path, capsys: pytest.CaptureFixture[str], expect: str, shown: str
) -> None:
    assert emu_test(folder, f"{FLAT}[test.expect]\n{expect}\n") == 1
    assert shown in capsys.readouterr().out


def test_a_jump_to_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ok.bin").write_bytes(bytes.fromhex("00 c3 01 01"))  # nop; jmp 0101h
    assert emu_test(folder, f"{FLAT}stays = 0x101\n") == 0
    assert emu_test(folder, f"{FLAT}stays = 0x100\n") == 1
    assert "jump to itself: expected 0100, got 0101" in capsys.readouterr().out
    (folder / "ok.bin").write_bytes(bytes.fromhex("00 c3 00 01"))  # nop; jmp 0100h
    assert emu_test(folder, f"{FLAT}stays = 0x101\n") == 1
    assert "got none in 10,000 cycles" in capsys.readouterr().out


WHOLE = """
[[test]]
name = "demo"
machine = "invaders"
media = "rom.bin"
input = "keys.txt"
engine = ["reference", "interp"]
"""


def test_a_whole_machine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, rom = folder / "keys.txt", folder / "rom.bin"
    keys.write_text("1 tap coin\n")
    # in 1; sta 2400h; jmp 0: the buttons are on the screen
    rom.write_bytes(bytes.fromhex("db01 320024 c30000"))
    command = ["run", "invaders", str(rom), "--input", str(keys), "--frames", "3", "--json"]
    assert emu(command) == 0
    ran = json.loads(capsys.readouterr().out)
    expect = f"""
frames = 3
[test.expect]
clock = {ran["clock"]}
state_sha256 = "{ran["state_sha256"].upper()}"
frame_crc32 = "{ran["frame_crc32"]}"
"""
    report = folder / "r.json"
    assert emu_test(folder, WHOLE + expect, "--json", str(report)) == 0
    suites = json.loads(report.read_text())["suites"]
    assert [(s["engine"], s["passed"]) for s in suites] == [("reference", 1), ("interp", 1)]
    assert emu_test(folder, WHOLE + expect.replace("frames = 3", "frames = 4")) == 1
    assert "clock: expected" in capsys.readouterr().out


def test_console_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # lxi d,text; mvi c,9; call 5; jmp 0: text is HELLO$
    code = bytes.fromhex("110b01 0e09 cd0500 c30000") + b"HELLO$"
    (folder / "hello.com").write_bytes(code)
    text = """
[[test]]
name = "hello"
machine = "cpm"
media = "hello.com"
seconds = 1.0
until = "HELLO"
"""
    assert emu_test(folder, text) == 0
    assert emu_test(folder, text.replace("HELLO", "GOODBYE")) == 1
    assert "text: expected 'GOODBYE' in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected [[test]] tables"),
        ("[[test", "own.toml: "),
        ("[[test]]\nmachine = 'cpm'", "name is missing"),
        (FLAT + "colour = 1", "no key 'colour' here"),
        (FLAT + "frames = 1", "no key 'frames' here"),
        (FLAT, "nothing is expected"),
        (FLAT.replace("10_000", "true"), "cycles = True: expected int"),
        (FLAT.replace("10_000", "-1"), "below zero"),
        (FLAT.replace("cycles = 10_000", "stays = 0"), "cycles is missing"),
        (FLAT.replace("ok.bin", "no.bin") + "stays = 0", "no such file"),
        (FLAT.replace("8080", "4004") + "stays = 0", "no CPU '4004'"),
        (FLAT + "stays = 0\nengine = 'warp'", "no engine 'warp'"),
        (FLAT + "stays = 0" + FLAT + "stays = 0", "two tests 'prints'"),
        (FLAT + "[test.expect]\nmemory = { x = '0' }", "expected address, bytes"),
        (FLAT + "[test.expect]\nregisters = { a = '0' }", "expected a number"),
        ("[[test]]\nname='x'\nmachine='cpm'", "frames or seconds is missing"),
        ("[[test]]\nname='x'\nmachine='pong'\nframes=1\nuntil='x'", "no machine 'pong'"),
    ],
)
def test_what_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    assert emu_test(folder, text) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert "own.toml" in error


def test_engines_of_a_test(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f'{FLAT}engine = "reference"\n[test.expect]\ntext = "OK"\n'
    assert emu_test(folder, text, "--engine", "interp") == 0
    assert "prints left out: it is for reference" in capsys.readouterr().out
    assert emu_test(folder, text, "--engine", "reference") == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "frames = 999_999_999_999",
            "frames = 999999999999: expected a number up to",
        ),
        ("seconds = 1e300", "seconds = 1e+300: expected"),
        ("seconds = nan", "seconds = nan: expected"),
        (f"frames = {'9' * 5000}", "a number or key of 5,000 characters (at line 4)"),
        (f"frames = {'[' * 5000}", "more than 32 within each other (at line 4)"),
        (f"a{'.a' * 5000} = 1", "more than 32 within each other (at line 4)"),
        (f"frames = {'{a=' * 5000}", "more than 32 within each other (at line 4)"),
        (f"until = {['x' * 5000] * 3}", "until = ['xxxx"),
    ],
)
def test_what_is_absurd_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    assert emu_test(folder, f'[[test]]\nname = "x"\nmachine = "invaders"\n{line}\n') == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert said in told
    assert len(told) < 300


def test_names_are_quoted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FLAT.replace('"prints"', '"a\\n\\u001b[2J"') + "[test.expect]\nclock = 1\n"
    junit = folder / "junit.xml"
    assert emu_test(folder, text, "--junit", str(junit)) == 1
    out, _ = capsys.readouterr()
    assert "\x1b" not in out
    assert r"own.toml/a\n\x1b[2J on interp" in out
    assert ElementTree.parse(junit).getroot().tag == "testsuites"
