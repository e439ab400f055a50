"""The CP/M box: calls one by one, whole programs, and a folder that nothing gets out of."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import machines
from emucore.assembler import assemble
from emucore.body.events import Text
from emucore.cpus import isa
from emucore.machine import MachineError
from machines.computers.cpm.box import Cpm, default_fcb
from machines.computers.cpm.drive import Drive, cpm_name, host_name
from machines.computers.cpm.memory import Fcb, Memory
from machines.host.headless.headless import run

CALL_STATES = 17 + 20
FCB, BUFFER = 0x4000, 0x5000
NONE = 0xFF


class Caller:
    """Makes BDOS calls from a program of one instruction, CALL 5, on drive A in *folder*."""

    def __init__(self, folder: Path, cpu: str = "8080", **options: str) -> None:
        program = folder.parent / "call5.com"
        program.write_bytes(bytes.fromhex("cd0500 76"))
        options = {"folder": str(folder), **options}
        box = machines.load("cpm", program, cpu=cpu, engine="reference", **options)
        assert isinstance(box, Cpm)
        self.box = box
        self.memory = Memory(box)

    def __call__(self, function: int, de: int = 0) -> int:
        """The result in A, which is that in L too, as B is H."""
        registers = self.box.cpus["cpu"]
        registers["pc"], registers["bc"], registers["de"] = 0x100, function, de
        before = registers["clock"]
        self.box.run_until(self.box.time + CALL_STATES)
        if self.box.stopped or self.box.waiting:
            return -1
        assert registers["pc"] == 0x103
        assert registers["clock"] == before + CALL_STATES
        assert (registers["a"], registers["b"]) == (registers["hl"] & 0xFF, registers["hl"] >> 8)
        return registers["a"]

    def named(self, name: str, function: int) -> int:
        """A call on a fresh FCB for *name*."""
        self.memory.write(FCB, default_fcb(name).ljust(36, b"\0"))
        return self(function, FCB)

    def put(self, data: bytes) -> None:
        """128 bytes at the DMA address, ^Z behind *data*."""
        self(26, BUFFER)
        self.memory.write(BUFFER, data.ljust(128, b"\x1a"))

    @property
    def text(self) -> str:
        return self.box.printer.text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "drive"
    path.mkdir()
    return path


@pytest.fixture(params=["8080", "z80"])
def call(folder: Path, request: pytest.FixtureRequest) -> Caller:
    return Caller(folder, request.param)


# -- the console ----------------------------------------------------------------------------------


def test_printing(call: Caller) -> None:
    call(2, ord("a"))
    call(2, 9)
    call.memory.write(BUFFER, b"bc\tde$f")
    call(9, BUFFER)
    call(6, 9)
    assert call.text == "a       bc      de\t"


def test_reading_keys(call: Caller) -> None:
    assert (call(11), call(6, 0xFF)) == (0, 0)
    call.box.type(b"xyz\x03")
    assert (call(11), call(6, 0xFF)) == (0xFF, ord("x"))
    assert call(1) == ord("y")
    assert call(1) == ord("z")
    assert call(1) == 3
    assert call.text == "yz"
    assert call(11) == 0


def test_a_call_waits_for_its_key(call: Caller) -> None:
    assert call(1) == -1
    box = call.box
    assert box.waiting
    assert (box.cpus["cpu"]["pc"], box.cpus["cpu"]["sp"]) == (0xFE06, 0xFDFC)
    assert box.time == box.board.frame_ticks  # it slept to the frame's end
    box.run_frames(3)
    assert box.waiting
    assert box.time == 3 * box.board.frame_ticks
    box.run_until(box.time + 1_000_000)
    box.type(b"k")
    box.run_until(box.time + 10)
    assert not box.waiting
    assert (box.cpus["cpu"]["pc"], box.cpus["cpu"]["a"]) == (0x103, ord("k"))
    assert call.text == "k"


@pytest.mark.parametrize(
    ("typed", "line", "printed"),
    [
        (b"abc\r", b"abc", "abc\r"),
        (b"ab\x08c\r", b"ac", "ab\x08 \x08c\r"),
        (b"\x7fab\x7f\x7f\x7fc\r", b"c", "ab\x08 \x08\x08 \x08c\r"),
        (b"ab\x15c\r", b"c", "ab\x08 \x08\x08 \x08c\r"),
        (b"a\x01\r", b"a\x01", "a^A\r"),
        (b"12345678", b"12345678", "12345678\r"),
        (b"\r", b"", "\r"),
    ],
)
def test_editing_a_line(folder: Path, typed: bytes, line: bytes, printed: str) -> None:
    call = Caller(folder)
    call.box.type(typed)
    call.memory[BUFFER] = 8
    assert call(10, BUFFER) == 0
    assert call.memory.read(BUFFER + 1, 1 + len(line)) == bytes((len(line),)) + line
    assert call.text == printed


def test_a_line_is_typed_over_several_frames(folder: Path) -> None:
    call = Caller(folder)
    call.memory[BUFFER] = 80
    assert call(10, BUFFER) == -1
    for key in b"slow\r":
        call.box.run_frames(2)
        call.box.type(bytes((key,)))
    call.box.run_frames(1)
    assert call.memory.read(BUFFER + 1, 5) == b"\x04slow"


def test_control_c_at_the_start_of_a_line_ends(folder: Path) -> None:
    call = Caller(folder)
    call.box.type(b"\x03")
    call.memory[BUFFER] = 80
    assert call(10, BUFFER) == -1
    assert call.box.stopped


def test_simple_functions(call: Caller) -> None:
    assert call(12) == 0x22
    assert call(8, 0x81) == 0
    assert call(7) == 0x81
    assert call(32, 3) == 0
    assert call(32, 0xFF) == 3
    assert call(99) == 0
    assert (call(24), call(25), call(29)) == (1, 0, 0)
    assert (call(28), call(29)) == (0, 1)
    assert (call(37, 1), call(29)) == (0, 0)
    assert (call(3), call(4), call(5)) == (0x1A, 0, 0)
    call(31)
    parameters = call.box.cpus["cpu"]["hl"]
    assert call.memory.word(parameters + 5) == 1023  # blocks of 2 KiB
    call(27)
    assert call.memory.read(call.box.cpus["cpu"]["hl"], 128) == bytes(128)


def test_the_bios_table_leads_to_the_same_routines(call: Caller) -> None:
    call.box.type(b"q")
    table = call.memory.word(1) - 3
    registers = call.box.cpus["cpu"]
    for entry in (table + 9, call.memory.word(table + 9 + 1)):
        call.memory.write(0x100, bytes((0xCD, entry & 0xFF, entry >> 8)))
        registers["pc"] = 0x100
        call.box.run_until(call.box.time + 27)
        if entry == table + 9:
            assert registers["a"] == ord("q")
            call.box.type(b"r")
    assert registers["a"] == ord("r")
    registers["bc"] = ord("!")
    call.memory.write(0x100, bytes((0xCD, (table + 12) & 0xFF, table >> 8)))
    registers["pc"] = 0x100
    call.box.run_until(call.box.time + 27)
    assert call.text == "!"


def test_a_jump_to_nowhere_in_the_system_is_told(folder: Path) -> None:
    call = Caller(folder)
    call.box.cpus["cpu"]["pc"] = 0xFE40
    call.box.run_frames(1)
    assert call.box.stopped
    assert "Jump into the system at FE40" in call.text


# -- files ----------------------------------------------------------------------------------------


def test_a_file_made_written_and_read_back(call: Caller, folder: Path) -> None:
    assert call.named("NEW.TXT", 15) == NONE
    assert call.named("NEW.TXT", 22) == 0
    for i in range(130):  # into a second extent
        call.put(b"record %d" % i)
        assert call(21, FCB) == 0
    assert call(16, FCB) == 0
    data = (folder / "NEW.TXT").read_bytes()
    assert len(data) == 130 * 128
    assert data[129 * 128 :].rstrip(b"\x1a") == b"record 129"
    assert call.named("new.txt", 15) == 0
    assert call.memory[FCB + 15] == 128
    for i in range(130):
        assert call(20, FCB) == 0
        assert call.memory.read(BUFFER, 16).rstrip(b"\x1a") == b"record %d" % i
    assert (call.memory[FCB + 12], call.memory[FCB + 32]) == (1, 2)
    assert call(20, FCB) == 1
    assert call.named("NEW.TXT", 35) == 0
    assert Fcb(call.memory, FCB).random == 130


def test_random_records(call: Caller, folder: Path) -> None:
    (folder / "data").write_bytes(b"x" * 200)
    fcb = Fcb(call.memory, FCB)
    assert call.named("DATA", 15) == 0
    call(26, BUFFER)
    fcb.random = 1
    assert call(33, FCB) == 0
    assert call.memory.read(BUFFER, 128) == b"x" * 72 + b"\x1a" * 56
    for record, result in ((2, 1), (128, 4), (65536, 6)):
        fcb.random = record
        assert call(33, FCB) == result
    fcb.random = 65536
    assert call(34, FCB) == 6
    call.put(b"far")
    fcb.random = 3
    assert call(34, FCB) == 0
    data = (folder / "data").read_bytes()
    assert data[200:256] == b"\x1a" * 56  # the text's end stays its end
    assert data[384:387] == b"far"
    assert call(36, FCB) == 0
    assert fcb.random == 3  # sequential access goes on where random access was
    assert call(20, FCB) == 0
    assert fcb.record == 4


def test_the_directory(call: Caller, folder: Path) -> None:
    for name, size in (("a.txt", 0), ("B.TXT", 100), ("long.dat", 128 * 200), ("noextens", 1)):
        (folder / name).write_bytes(bytes(size))
    for name in ("ninechars.x", ".hidden", "a.long", "sp ace.x", "\u00e4.txt", "nul.txt", "q?.x"):
        (folder / name).write_bytes(b"")
    (folder / "sub.dir").mkdir()
    call(26, BUFFER)

    def search(name: str) -> list[str]:
        found = []
        code = call.named(name, 17)
        while code == 0:
            entry = call.memory.read(BUFFER, 128)
            assert entry[32:] == b"\xe5" * 96
            found.append(f"{entry[1:12].decode()} {entry[12]} {entry[15]}")
            code = call(18, 0xFFFF)
        assert code == NONE
        return found

    assert search("*.*") == [
        "A       TXT 0 0",
        "B       TXT 0 1",
        "LONG    DAT 0 128",
        "NOEXTENS    0 1",
    ]
    assert search("?.t*") == ["A       TXT 0 0", "B       TXT 0 1"]
    assert search("none") == []
    call.memory.write(FCB, default_fcb("long.dat").ljust(36, b"\0"))
    call.memory[FCB + 12] = ord("?")
    assert call(17, FCB) == 0
    assert call(18) == 0
    assert call.memory.read(BUFFER + 12, 4) == bytes((1, 0, 0, 72))
    assert call.memory.read(BUFFER + 16, 16) == b"".join(bytes((i, 0)) for i in (1, 2, 3, 4, 5)) + (
        b"\0" * 6
    )
    assert call(18) == NONE


def test_deleting_and_renaming(call: Caller, folder: Path) -> None:
    for name in ("one.bak", "TWO.BAK", "three.txt"):
        (folder / name).write_text(name)
    assert call.named("*.bak", 19) == 0
    assert call.named("*.bak", 19) == NONE
    assert os.listdir(folder) == ["three.txt"]
    call.named("three.txt", 15)
    call.memory.write(FCB + 16, default_fcb("four.doc"))
    assert call(23, FCB) == 0
    assert (folder / "FOUR.DOC").read_text() == "three.txt"
    assert call(23, FCB) == NONE  # it is gone
    (folder / "five").write_text("")
    call.named("four.doc", 15)
    call.memory.write(FCB + 16, default_fcb("five"))
    assert call(23, FCB) == NONE  # the name is taken
    assert call.named("five", 22) == NONE
    assert sorted(os.listdir(folder)) == ["FOUR.DOC", "five"]


def test_other_users_have_no_files(call: Caller, folder: Path) -> None:
    (folder / "a").write_text("a")
    assert call.named("a", 15) == 0
    call(32, 1)
    assert call.named("a", 15) == NONE
    assert call.named("b", 22) == NONE


def ends_with(call: Caller, message: str) -> None:
    assert call.box.stopped
    assert call.text == f"\r\nBdos Err On A: {message}\r\n"


@pytest.mark.parametrize("function", [19, 21, 22, 23, 34, 40])
def test_read_only_drives_stay_as_they_are(folder: Path, function: int) -> None:
    (folder / "a").write_text("a")
    call = Caller(folder, readonly="yes")
    assert call.named("a", 15) == 0
    assert call.named("a", function) == -1
    ends_with(call, "R/O")
    assert [p.read_text() for p in folder.iterdir()] == ["a"]


def test_a_protected_drive(folder: Path) -> None:
    call = Caller(folder)
    call(28)
    assert call.named("a", 22) == -1
    ends_with(call, "R/O")


@pytest.mark.parametrize(("function", "name"), [(15, "B:X"), (17, "p:*.*")])
def test_there_is_only_drive_a(folder: Path, function: int, name: str) -> None:
    call = Caller(folder)
    assert call.named(f"A:{name[2:]}", function) == NONE
    assert call.named(name, function) == -1
    ends_with(call, "Select")


def test_selecting_another_drive(folder: Path) -> None:
    call = Caller(folder)
    assert call(14, 0) == 0
    assert call(14, 1) == -1
    ends_with(call, "Select")


# -- nothing outside the folder -------------------------------------------------------------------

SECRET = b"secret"


@pytest.mark.parametrize(
    "name", [b"../SECRET  ", b"..      /  ", b"/ETC/PAS   ", b"..\\SECRET  ", b"A\0B        "]
)
def test_names_are_never_paths(folder: Path, name: bytes) -> None:
    (folder.parent / "SECRET").write_bytes(SECRET)
    before = sorted(folder.parent.rglob("*"))
    call = Caller(folder)
    before = sorted(folder.parent.rglob("*"))
    for function in (15, 16, 19, 20, 21, 22, 23, 30, 33, 34, 35, 40):
        call.memory.write(FCB, b"\0" + name.ljust(35, b"\0"))
        assert call(function, FCB) == NONE, function
    call.memory.write(FCB, default_fcb("x").ljust(36, b"\0"))
    assert call(22, FCB) == 0
    call.memory.write(FCB + 17, name)
    assert call(23, FCB) == NONE
    (folder / "X").unlink()
    assert sorted(folder.parent.rglob("*")) == before


def test_links_out_of_the_folder_are_not_there(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(SECRET)
    (folder / "file").symlink_to(outside / "secret")
    (folder / "dir").symlink_to(outside)
    (folder / "new").symlink_to(outside / "new")  # leads to nothing yet
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "fifo")
    call = Caller(folder)
    call(26, BUFFER)
    assert call.named("*.*", 17) == NONE
    for name in ("file", "dir", "new", "loop", "fifo"):
        for function in (15, 19, 20, 21, 22, 33, 34):
            assert call.named(name, function) == NONE, (name, function)
    call.named("x", 22)
    call.memory.write(FCB + 16, default_fcb("new"))
    assert call(23, FCB) == NONE
    assert (outside / "secret").read_bytes() == SECRET
    assert os.listdir(outside) == ["secret"]


def test_a_link_within_the_folder_is_a_file(folder: Path) -> None:
    (folder / "real.txt").write_bytes(SECRET)
    (folder / "link.txt").symlink_to("real.txt")
    call = Caller(folder)
    call(26, BUFFER)
    call.named("link.txt", 15)
    assert call(20, FCB) == 0
    assert call.memory.read(BUFFER, 6) == SECRET


def test_a_file_that_becomes_a_link_is_not_followed(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(SECRET)
    (folder / "A").write_bytes(b"a")
    drive = Drive(folder)
    path = drive.find(b"A          ")
    assert path is not None
    path.unlink()
    path.symlink_to(folder.parent / "secret")
    with pytest.raises(FileNotFoundError):
        drive.read(path, 0)
    with pytest.raises(FileNotFoundError):
        drive.write(path, 0, bytes(128))


def test_names() -> None:
    assert cpm_name("hello.txt") == b"HELLO   TXT"
    assert cpm_name("A") == b"A          "
    assert cpm_name("a$-_#.@") == b"A$-_#   @  "
    for bad in (
        "",
        ".",
        "..",
        ".x",
        "a.b.c",
        "a b",
        "a*",
        "a/b",
        "a\\b",
        "COM1",
        "nul.x",
        "\u00c4",
    ):
        assert cpm_name(bad) is None, bad
    for improper in (b"A B", b" A", b"", b"a", b"A?", b"A/B"):
        assert host_name(improper.ljust(11)) is None, improper
    assert host_name(b"HELLO   TXT") == "HELLO.TXT"


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    calls=st.lists(
        st.tuples(
            st.integers(1, 41) | st.integers(0, 255),
            st.sampled_from((FCB, BUFFER, 0xFFF0)) | st.integers(0, 0xFFFF),
            st.sampled_from([b"A       BAK", b"A?", b"../X", b"?" * 11]) | st.binary(max_size=11),
            st.binary(max_size=24),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_programs_ask_the_host_stands(
    tmp_path: Path, calls: list[tuple[int, int, bytes, bytes]]
) -> None:
    """No call raises, and none changes anything outside the folder."""
    folder = tmp_path / "drive"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "a.bak").write_bytes(bytes(300))
    (tmp_path / "X").write_bytes(SECRET)
    call = Caller(folder)
    call.box.type(b"some keys\r")
    for function, de, name, rest in calls:
        call.memory.write(FCB, b"\0" + name.ljust(11) + rest.ljust(24, b"\0"))
        registers = call.box.cpus["cpu"]  # programs may have spoilt 0005: what comes then, comes
        registers["pc"], registers["bc"], registers["de"] = 0x100, function, de
        call.box.run_until(call.box.time + 200)
    assert sorted(os.listdir(tmp_path)) == ["X", "call5.com", "drive"]
    assert (tmp_path / "X").read_bytes() == SECRET


# -- whole programs -------------------------------------------------------------------------------

COPY = """
        org 100h                ; COPY FROM TO, and a word for who watches
bdos    equ 5
        lxi sp, stack
        lxi h, 6ch
        lxi d, to
        mvi c, 12
move:   mov a, m
        stax d
        inx h
        inx d
        dcr c
        jnz move
        lxi d, 5ch
        mvi c, 15
        call bdos
        inr a
        lxi d, none
        jz say
        lxi d, to
        mvi c, 19
        call bdos
        lxi d, to
        mvi c, 22
        call bdos
next:   lxi d, 5ch
        mvi c, 20
        call bdos
        ora a
        lxi d, done
        jnz say
        lxi d, to
        mvi c, 21
        call bdos
        jmp next
say:    mvi c, 9
        call bdos
        jmp 0
none:   db "no such file$"
done:   db "copied$"
to:     ds 36, 0
        ds 64
stack:
"""

ECHO = """
        org 100h                ; repeats lines until one begins with a dot
line:   lxi d, buffer
        mvi c, 10
        call 5
        lda buffer + 2
        cpi '.'
        rz
        lxi h, buffer + 1
        mov c, m
        inx h
char:   mov e, m
        push h
        push b
        mvi c, 2
        call 5
        pop b
        pop h
        inx h
        dcr c
        jnz char
        jmp line
buffer: db 80
"""


def compiled(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.write_bytes(assemble(isa("8080"), source).image())
    return path


@pytest.mark.parametrize("engine", ["reference", "interp", "jit"])
@pytest.mark.parametrize("cpu", ["8080", "z80"])
def test_a_program_copies_a_file(tmp_path: Path, cpu: str, engine: str) -> None:
    program = compiled(tmp_path, "copy.com", COPY)
    data = bytes(range(256)) * 80
    (tmp_path / "from.dat").write_bytes(data)
    box = machines.load("cpm", program, cpu=cpu, engine=engine, args="from.dat b.dat")
    outcome = run(box)
    assert outcome.ended
    assert box.console is not None
    assert box.console.text == "copied"
    assert (tmp_path / "B.DAT").read_bytes() == data
    assert box.run_frames(1) == 0  # and stays ended
    box = machines.load("cpm", program, cpu=cpu, engine=engine, args="nothing b.dat")
    run(box)
    assert box.console is not None
    assert box.console.text == "no such file"


def test_input_is_typed_as_it_is_read(tmp_path: Path) -> None:
    program = compiled(tmp_path, "echo.com", ECHO)
    lines = [f"line {i}" for i in range(600)]  # more than the keyboard's buffer holds
    text = "\r\n".join([*lines, "."]).encode() + b"\n"
    box = machines.load("cpm", program, engine="interp")
    typed = machines.find("cpm").read_input(box, text, "input")
    assert isinstance(typed, Text)
    outcome = run(box, typed)
    assert outcome.ended
    assert box.console is not None
    assert box.console.text == "".join(f"{line}\r{line}" for line in lines) + ".\r"


def test_a_program_that_waits_for_nobody_stops(tmp_path: Path) -> None:
    program = compiled(tmp_path, "echo.com", ECHO)
    box = machines.load("cpm", program, engine="reference")
    outcome = run(box, Text(b"a\r"))
    assert (outcome.ended, outcome.starved) == (False, True)
    assert run(box, frames=5).frames == 5  # time passes if it is asked to


def test_power_on_starts_the_program_again(tmp_path: Path) -> None:
    program = compiled(tmp_path, "echo.com", ECHO)
    box = machines.load("cpm", program, engine="reference", args="x")
    begin = box.state_sha256()
    run(box, Text(b"a\r.\r"))
    assert box.stopped
    box.power_on()
    assert (box.state_sha256(), box.stopped) == (begin, False)


def test_a_return_ends_too(tmp_path: Path) -> None:
    (tmp_path / "ret.com").write_bytes(b"\xc9")
    box = machines.load("cpm", tmp_path / "ret.com", engine="reference")
    assert box.run_frames(1) == 0
    assert box.cpus["cpu"]["clock"] == 10 + 10
    assert box.cpus["cpu"]["pc"] == 0xFF03


def test_the_command_line_is_where_programs_look(tmp_path: Path) -> None:
    (tmp_path / "ret.com").write_bytes(b"\xc9")
    box = machines.load("cpm", tmp_path / "ret.com", engine="reference", args="a:one.t*  two three")
    memory = Memory(box)
    assert memory.read(0x80, 21) == b"\x13 A:ONE.T* TWO THREE\0"
    assert memory.read(0x5C, 16) == b"\x01ONE     T??\0\0\0\0"
    assert memory.read(0x6C, 16) == b"\x00TWO        \0\0\0\0"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"readonly": "maybe"}, "expected yes or no"),
        ({"args": "\u00e4"}, "printable ASCII"),
        ({"args": "x" * 127}, "at most 126"),
        ({"folder": "/dev/null/none"}, "no such folder"),
        ({"colour": "red"}, "no option or switch 'colour'"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, str], why: str) -> None:
    (tmp_path / "ret.com").write_bytes(b"\xc9")
    with pytest.raises(MachineError, match=why):
        machines.load("cpm", tmp_path / "ret.com", engine="reference", **options)


def test_bad_programs(tmp_path: Path) -> None:
    (tmp_path / "big.com").write_bytes(bytes(0xFE00 - 0x100 + 1))
    for path, why in (
        (None, "needs"),
        (tmp_path / "no", "no such file"),
        (tmp_path, "a folder"),
        (tmp_path / "big.com", "larger than"),
    ):
        with pytest.raises(MachineError, match=why):
            machines.load("cpm", path, engine="reference")


@pytest.mark.parametrize("engine", ["reference", "interp", "jit"])
@pytest.mark.parametrize(
    ("name", "cpu", "clock", "text"),
    [
        ("TST8080", "8080", 4_924, "CPU IS OPERATIONAL"),
        ("8080PRE", "8080", 7_817, "8080 Preliminary tests complete"),
        ("PRELIM", "z80", None, "Preliminary tests complete"),
    ],
)
def test_exercisers(
    suites: Path, name: str, cpu: str, clock: int | None, text: str, engine: str
) -> None:
    box = machines.load("cpm", suites / "cpm" / f"{name}.COM", cpu=cpu, engine=engine)
    assert run(box, frames=100).ended
    assert box.console is not None
    assert text in box.console.text
    assert clock is None or box.cpus["cpu"]["clock"] == clock
