"""What outlasts power-off with its medium: batteries, clocks, and what was written on disks."""

from __future__ import annotations

import functools
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import toy_console as toy
from hypothesis import given
from hypothesis import strategies as st
from media_boards import SECTOR, SECTORS, Drive, board, disk, machine
from places import SUPPORT

from emucore.base.medium import Medium, read_medium
from emucore.board import Board, BoardError
from emucore.history import container, recording
from emucore.history.keeping import PATIENCE, REST
from emucore.history.nvram import Nvram
from emucore.machine import Machine, MachineError
from machines.media.cartridge import read_cartridge
from machines.media.softlist import Lists

DAY = 86_400
RATE = toy.CLOCK_HZ // toy.FRAME


class Wall:
    """The time of day."""

    now = 1e9

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Nvram]:
    """A function that switches on a console with a cartridge in it."""
    path = tmp_path / "game.toy"
    path.write_bytes(toy.cartridge(toy.content(), mapper=1, ram=2, flags=3))

    def start(wall: Wall, file: Path = path, name: str = "") -> Nvram:
        cart = read_cartridge(file, "toy", toy.FORMS, Lists([]))
        board = toy.make_board(cart)
        board.name = name or board.name
        made = Machine(board, {"rom": cart.content})
        made.use("interp")
        nvram = Nvram(made, tmp_path / "nvram", wall)
        nvram.read()
        return nvram

    return start


def run(nvram: Nvram, frames: int) -> None:
    for _ in range(frames):
        nvram.machine.run_frames(1)
        nvram.frame()


def clock(nvram: Nvram) -> tuple[int, int]:
    arena = nvram.machine.arena
    return int(arena["clock.days"][0]), int(arena["clock.seconds"][0])


def test_a_battery_belongs_to_its_cartridge_whatever_the_board(
    start: Callable[..., Nvram], tmp_path: Path
) -> None:
    for turn in range(3):
        nvram = start(Wall(), name="toy" if turn % 2 else "toy2")
        run(nvram, 2)
        assert nvram.machine.memory[0x8000] == turn + 1
        nvram.save()
    (file,) = (tmp_path / "nvram").iterdir()
    cart = read_cartridge(tmp_path / "game.toy", "toy", toy.FORMS)
    assert file.name == f"cartridge-{cart.medium.sha256[:24]}.nvram"
    other = tmp_path / "other.toy"
    other.write_bytes(toy.cartridge(toy.content(3), mapper=1, ram=2, flags=3))
    nvram = start(Wall(), other)
    run(nvram, 2)
    assert nvram.machine.memory[0x8000] == 1


def test_a_clock_goes_on_with_the_power_off(start: Callable[..., Nvram]) -> None:
    wall = Wall()
    nvram = start(wall)
    run(nvram, 3 * RATE)
    assert clock(nvram) == (5, 3)
    nvram.save()
    wall.now += 2 * DAY + 100
    nvram = start(wall)
    assert clock(nvram) == (7, 103)
    run(nvram, 2 * RATE)
    assert clock(nvram) == (7, 105)
    nvram.machine.restart()
    nvram.power_on()
    assert clock(nvram) == (7, 105)
    nvram.save()
    wall.now -= 10 * DAY
    assert clock(start(wall)) == (7, 105)


def test_a_clock_alone_goes_on_when_the_machine_is_reset(
    start: Callable[..., Nvram], tmp_path: Path
) -> None:
    path = tmp_path / "clock.toy"
    path.write_bytes(toy.cartridge(toy.content(), mapper=1, ram=1, flags=2))
    nvram = start(Wall(), path)
    run(nvram, 3 * RATE)
    nvram.machine.restart()
    nvram.power_on()
    assert clock(nvram) == (5, 3)


def test_what_cannot_be_read_is_put_aside_and_the_rest_is_read(
    start: Callable[..., Nvram], tmp_path: Path
) -> None:
    image = tmp_path / "a.td"
    image.write_bytes(disk(1).content)

    def begin() -> Nvram:
        nvram = start(Wall())
        nvram.machine.insert("disk", image)
        nvram.machine.media.write("disk", ((0, bytes(SECTOR)),))
        run(nvram, 2)
        return nvram

    first = begin()
    first.save()
    (battery,) = first.batteries
    battery.path.unlink()
    battery.path.mkdir()
    cart = read_cartridge(tmp_path / "game.toy", "toy", toy.FORMS, Lists([]))
    made = Machine(toy.make_board(cart), {"rom": cart.content})
    made.insert("disk", image)
    nvram = Nvram(made, tmp_path / "nvram", Wall())
    with pytest.raises(IsADirectoryError):
        nvram.read()
    medium = made.media["disk"]
    assert medium is not None
    assert medium.written == ((0, bytes(SECTOR)),)
    run(nvram, 2)
    nvram.save()
    assert battery.path.is_file()
    assert battery.path.with_suffix(".damaged").is_dir()
    assert nvram.disks is not None
    path = nvram.disks.disks["disk"].path(medium)
    assert path is not None
    path.unlink()
    path.mkdir()
    again = Nvram(made, tmp_path / "nvram", Wall())
    with pytest.raises(IsADirectoryError):
        made.insert("disk", image)
    assert again.disks is not None
    made.media.write("disk", ((SECTOR, bytes(SECTOR)),))
    run(again, 1)
    again.save()
    assert path.is_file()
    assert path.with_suffix(".damaged").is_dir()


def test_a_clone_writes_nothing(tmp_path: Path, files: list[Path]) -> None:
    nvram = drive(tmp_path, files[0])
    other = nvram.machine.clone()
    other.run_frames(9)
    other.eject("disk")
    assert not (tmp_path / "nvram").exists()
    run(nvram, 9)
    nvram.save()
    assert now(drive(tmp_path, files[0])) == now(nvram) != disk(0).content


def test_a_clock_that_ticks_is_no_reason_to_write(start: Callable[..., Nvram]) -> None:
    nvram = start(Wall())
    run(nvram, round((REST + 1) * RATE))
    (battery,) = nvram.batteries
    before = battery.path.stat().st_mtime_ns
    run(nvram, round((REST + 2) * RATE))
    assert battery.path.stat().st_mtime_ns == before


def test_what_never_stands_still_is_written_all_the_same(
    start: Callable[..., Nvram], tmp_path: Path
) -> None:
    nvram = start(Wall())
    (battery,) = nvram.batteries
    for frame in range(round((PATIENCE + 1) * RATE)):
        nvram.machine.memory[0x8100] = frame & 0xFF
        run(nvram, 1)
    assert battery.path.exists()
    again = start(Wall())
    assert again.machine.memory[0x8000] == 1


def test_a_clock_that_cannot_be_is_told_and_put_aside(start: Callable[..., Nvram]) -> None:
    nvram = start(Wall())
    run(nvram, 2)
    nvram.save()
    (battery,) = nvram.batteries
    header, body = container.unpack("nvram", battery.path.read_bytes(), 1 << 20)
    nowhen = {key: value for key, value in header.items() if key != "wall"}
    for head, data in (
        (header, body[:-16] + b"\xff" * 16),
        ({**header, "wall": float("nan")}, body),
        ({**header, "wall": "now"}, body),
        (nowhen, body),
    ):
        battery.path.write_bytes(container.pack("nvram", head, data))
        with pytest.raises(MachineError, match=r"\.nvram: ") as told:
            start(Wall())
        assert "\n" not in str(told.value)
    assert clock(nvram) == (5, 0)


@given(wall=st.floats(allow_nan=True, allow_infinity=True))
def test_any_time_of_day_is_taken_or_told(
    tmp_path_factory: pytest.TempPathFactory, wall: float
) -> None:
    folder = tmp_path_factory.getbasetemp() / "walls"
    folder.mkdir(exist_ok=True)
    content = toy.content()
    medium = Medium(content, "w", "cartridge")
    path = folder / "w.toy"
    if not path.exists():
        path.write_bytes(toy.cartridge(content, ram=1, flags=3))
    cart = read_cartridge(path, "toy", toy.FORMS, Lists([]))
    made = Machine(toy.make_board(cart), {"rom": content})
    nvram = Nvram(made, folder, Wall())
    (battery,) = nvram.batteries
    assert battery.path.name == f"cartridge-{medium.sha256[:24]}.nvram"
    fields = [["cartridge_ram", 0, 1024], ["clock.seconds", 0, 8], ["clock.days", 0, 8]]
    header = {"fields": fields, "wall": wall}
    battery.path.write_bytes(container.pack("nvram", header, bytes(1040)))
    if math.isfinite(wall):
        nvram.read()
    else:
        with pytest.raises(MachineError, match="no time of day"):
            nvram.read()
    assert 0 <= clock(nvram)[1] < DAY


def test_no_clock_of_what_is_none() -> None:
    board = Board("b", "B", 1, 1)
    device = board.device("clock", toy.Seconds())
    for registers, passed in ((["weeks"], "passed"), (["days"], "leap")):
        with pytest.raises(BoardError, match="clock has no such clock"):
            board.keep_clock(device, registers, passed)


# -- disks ----------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two disks as files."""
    paths = [tmp_path / f"{n}.img" for n in "ab"]
    for number, path in enumerate(paths):
        path.write_bytes(disk(number).content)
    return paths


def drive(tmp_path: Path | None, *inserted: Path, through: bool = False) -> Nvram:
    """A machine with a drive, and what keeps what it writes."""
    made = machine()
    for path in inserted:
        made.insert("disk", path, through=through)
    nvram = Nvram(made, None if tmp_path is None else tmp_path / "nvram")
    nvram.read()
    return nvram


def now(nvram: Nvram) -> bytes:
    medium = nvram.machine.media["disk"]
    assert medium is not None
    return medium.now()


def test_what_is_written_is_kept_beside_the_file(tmp_path: Path, files: list[Path]) -> None:
    first = drive(tmp_path, files[0])
    run(first, 20)
    assert now(first) != disk(0).content
    first.save()
    assert files[0].read_bytes() == disk(0).content
    second = drive(tmp_path, files[0])
    assert now(second) == now(first)
    assert second.machine.media["disk"] == first.machine.media["disk"]
    assert second.machine.arena["drive.changes"][0] == 1
    run(second, 9)
    second.machine.insert("disk", files[1])
    assert now(second) == disk(1).content
    run(second, 9)
    written = now(second)
    second.machine.insert("disk", files[0])
    second.machine.insert("disk", files[1])
    assert now(second) == written
    assert len(list((tmp_path / "nvram").iterdir())) == 2


def test_headless_and_recorded_runs_keep_nothing(tmp_path: Path, files: list[Path]) -> None:
    first = drive(tmp_path, files[0])
    run(first, 9)
    first.save()
    kept = {path: path.read_bytes() for path in (tmp_path / "nvram").iterdir()}
    plain = machine()
    plain.insert("disk", files[0])
    assert plain.media["disk"] == read_medium(files[0], "disk", SECTOR * SECTORS)
    recorder = recording.Recorder(plain)
    nvram = Nvram(plain, tmp_path / "nvram")
    nvram.read()
    assert now(nvram) == disk(0).content
    run(nvram, 9)
    plain.insert("disk", files[0])
    assert now(nvram) == disk(0).content
    run(nvram, 20)
    nvram.save()
    recorder.save(tmp_path / "film")
    assert kept == {path: path.read_bytes() for path in (tmp_path / "nvram").iterdir()}


def test_what_is_written_goes_through_where_it_is_asked(tmp_path: Path, files: list[Path]) -> None:
    nvram = drive(None, files[0], through=True)
    run(nvram, 20)
    assert files[0].read_bytes() == disk(0).content
    nvram.save()
    assert files[0].read_bytes() == now(nvram) != disk(0).content
    nvram.machine.insert("disk", files[1])
    run(nvram, 20)
    nvram.save()
    assert files[1].read_bytes() == disk(1).content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.img", "b.img"]


def test_a_file_that_others_have_changed_is_not_written_over(
    tmp_path: Path, files: list[Path]
) -> None:
    nvram = drive(None, files[0], through=True)
    run(nvram, 9)
    nvram.save()
    run(nvram, 9)
    files[0].write_bytes(disk(7).content)
    with pytest.raises(OSError, match="not written: others have changed it"):
        nvram.save()
    assert files[0].read_bytes() == disk(7).content
    files[0].rename(tmp_path / "theirs")
    out = nvram.machine.eject("disk")
    assert out is not None
    assert files[0].read_bytes() == out.now()
    nvram.machine.insert("disk", out)
    run(nvram, 9)
    nvram.save()
    assert files[0].read_bytes() == now(nvram) != out.now()


def test_a_machine_that_nobody_keeps_writes_where_it_is_asked(files: list[Path]) -> None:
    made = machine()
    made.insert("disk", files[0], through=True)
    made.run_frames(9)
    made.save_media()
    middle = files[0].read_bytes()
    made.run_frames(9)
    made.eject("disk")
    assert len({disk(0).content, middle, files[0].read_bytes()}) == 3
    made.insert("disk", files[1])
    made.run_frames(9)
    made.eject("disk")
    assert files[1].read_bytes() == disk(1).content
    files[1].chmod(0o400)
    if not os.access(files[1], os.W_OK):
        with pytest.raises(MachineError, match="no file that can be written into"):
            made.insert("disk", files[1], through=True)


def test_two_disks_of_one_content_are_files_of_their_own(tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.img" for n in "ab"]
    boarded = board()
    boarded.slot("disk2", boarded.device("drive2", Drive()), "disk")
    made = Machine(boarded)
    for slot, path in zip(("disk", "disk2"), paths, strict=True):
        path.write_bytes(disk(1).content)
        made.insert(slot, path, through=True)
    nvram = Nvram(made, None)
    nvram.read()
    made.arena["drive.written"][0] = 1
    made.arena["drive.content"][0] ^= 1
    made.run_frames(1)
    nvram.frame()
    nvram.save()
    assert [path.read_bytes() == disk(1).content for path in paths] == [False, True]


def test_writing_is_not_lost_where_it_fails(tmp_path: Path, files: list[Path]) -> None:
    first = drive(tmp_path, files[0])
    run(first, 9)
    before = now(first)
    (tmp_path / "nvram").write_text("in the way")
    with pytest.raises(OSError, match="nvram"):
        first.machine.eject("disk")
    assert now(first) == before
    (tmp_path / "nvram").unlink()
    first.machine.eject("disk")
    assert now(drive(tmp_path, files[0])) == before


def test_a_state_that_is_loaded_has_its_own_disk(tmp_path: Path, files: list[Path]) -> None:
    first = drive(tmp_path, files[0])
    run(first, 3)
    early, state = now(first), first.machine.state_bytes()
    run(first, 20)
    late = now(first)
    first.machine.load_state_bytes(state)
    first.other_state()
    assert now(first) == early
    assert now(drive(tmp_path, files[0])) == late
    run(first, 2)
    first.save()
    assert now(drive(tmp_path, files[0])) == now(first) != late


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: b"",
        lambda data: container.pack("written", {"medium": "0", "unit": 32}, b""),
        lambda data: container.pack("nvram", {}, b""),
    ],
)
def test_a_damaged_file_is_told_and_not_lost(
    tmp_path: Path, files: list[Path], damage: Callable[[bytes], bytes]
) -> None:
    first = drive(tmp_path, files[0])
    run(first, 9)
    first.save()
    (path,) = (tmp_path / "nvram").iterdir()
    bad = damage(path.read_bytes())
    path.write_bytes(bad)
    with pytest.raises(MachineError) as told:
        drive(tmp_path, files[0])
    assert str(told.value).startswith(f"{path}: ")
    assert "\n" not in str(told.value)
    assert path.read_bytes() == bad
    made = machine()
    made.insert("disk", files[0])
    nvram = Nvram(made, tmp_path / "nvram")
    with pytest.raises(MachineError):
        nvram.read()
    run(nvram, 9)
    nvram.save()
    assert path.with_suffix(".damaged").read_bytes() == bad
    assert now(drive(tmp_path, files[0])) == now(nvram)


@given(units=st.lists(st.integers(-2, SECTORS + 1), max_size=5), cut=st.integers(0, 3))
def test_any_units_are_taken_or_told(
    tmp_path_factory: pytest.TempPathFactory, units: list[int], cut: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "units"
    folder.mkdir(exist_ok=True)
    made = one_machine()
    made.insert("disk", Medium(disk(0).content, "a.img", "disk"))
    nvram = Nvram(made, folder)
    assert nvram.disks is not None
    medium = nvram.disks.disks["disk"].medium
    assert medium is not None
    path = nvram.disks.disks["disk"].path(medium)
    assert path is not None
    body = b"".join(unit.to_bytes(8, "little", signed=True) for unit in units)
    body += bytes(SECTOR * len(units))
    header = {"medium": medium.sha256, "unit": SECTOR}
    path.write_bytes(container.pack("written", header, body[: len(body) - cut]))
    good = units == sorted(set(units)) and all(0 <= u < SECTORS for u in units)
    if good and (not cut or not units):
        nvram.read()
        assert int(made.arena["drive.written"].sum()) == len(units)
    else:
        with pytest.raises(MachineError):
            nvram.read()
    made.keeper = None


@functools.cache
def one_machine() -> Machine:
    """One for many examples: each puts a disk in."""
    return machine("reference")


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from media_boards import machine
from places import SUPPORT
from emucore.history.nvram import Nvram
made = machine("reference")
made.insert("disk", Path({disk!r}))
nvram = Nvram(made, Path({folder!r}))
nvram.read()
memory = made.arena["drive.content"]
print("ready", flush=True)
for turn in range(1, 1 << 30):
    memory[:32] = turn & 0xFF
    memory[32:64] = turn & 0xFF
    made.arena["drive.written"][:2] = 1
    nvram.disks.disks["disk"].changed = True
    nvram.disks.disks["disk"]._seen = nvram.disks.disks["disk"]._look()
    nvram.save()
"""


def test_a_killed_process_leaves_a_whole_file(tmp_path: Path, files: list[Path]) -> None:
    code = KILLED.format(tests=str(SUPPORT), disk=str(files[0]), folder=str(tmp_path / "nvram"))
    for turn in range(3):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            process.wait(0.1 + 0.05 * turn)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        content = now(drive(tmp_path, files[0]))
        assert len(set(content[:64])) == 1
        assert content[64:] == disk(0).content[64:]


def test_two_disks_that_are_one_are_not_written_at_once(tmp_path: Path, files: list[Path]) -> None:
    made_board = board()
    made_board.slot("disk2", made_board.device("drive2", Drive()), "disk")
    made = Machine(made_board)
    nvram = Nvram(made, tmp_path / "nvram")
    nvram.read()
    made.insert("disk", files[0])
    with pytest.raises(MachineError, match="is in another slot, and is written there"):
        made.insert("disk2", files[0])
    assert made.media["disk2"] is None
    made.insert("disk", files[0])
    made.insert("disk2", files[1])
