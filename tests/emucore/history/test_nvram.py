"""What outlasts power-off: battery RAM and best scores, and the file that they are in."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cabinet import Cabinet
from hypothesis import given
from hypothesis import strategies as st

import machines
from emucore.board import Board, BoardError
from emucore.cpus.i8080 import i8080
from emucore.history import container, recording
from emucore.history.keeping import REST
from emucore.history.nvram import Nvram
from emucore.machine import Machine, MachineError
from machines.arcade.invaders.board import keep_scores, make_board
from machines.host.cli import main
from roms_test import games

#: mvi a,11h; sta 2000h; wait: in 1; ani 10h; jz wait; mvi a,22h; sta 2000h; jmp $: sets its table
#: up in the first frame, and changes it when fire is pressed.
TABLE = bytes.fromhex("3e11 320020 db01 e610 ca0500 3e22 320020 c31100")
FRESH = b"\x11"
LATER = round(REST * 60) + 2


def machine_with_table() -> Machine:
    board = make_board(i8080)
    keep_scores(board, [(0x2000, FRESH)])
    machine = Machine(board, {"rom": TABLE})
    machine.use("interp")
    return machine


def battery() -> Machine:
    """A board whose RAM is kept by a battery: inr m forever at 2000h, from what is there."""
    board = make_board(i8080)
    board.keep(board.memories["ram"][0], 0, 2)
    machine = Machine(board, {"rom": bytes.fromhex("3a0020 3c 320020 c30700")})
    machine.use("interp")
    return machine


Make = Callable[..., Nvram]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(machine: Machine | None = None) -> Nvram:
        nvram = Nvram(machine or machine_with_table(), tmp_path / "nvram")
        nvram.read()
        return nvram

    return make


def run(nvram: Nvram, frames: int) -> None:
    for _ in range(frames):
        nvram.machine.run_frames(1)
        nvram.frame()


def table(nvram: Nvram) -> int:
    return int(nvram.machine.memory[0x2000])


def score(nvram: Nvram) -> None:
    """The player makes the table another."""
    nvram.machine.press("fire")
    run(nvram, 1)
    nvram.machine.release("fire")
    assert table(nvram) == 0x22


def test_a_table_is_there_again_after_power_off(make: Make) -> None:
    first = make()
    run(first, 2)
    score(first)
    first.save()
    second = make()
    assert table(second) == 0
    run(second, 1)
    assert table(second) == 0x22


def test_nothing_is_written_before_anything_has_changed(make: Make) -> None:
    nvram = make()
    run(nvram, LATER)
    nvram.save()
    assert not nvram.path.exists()


def test_a_change_is_written_when_it_stands_still(make: Make) -> None:
    nvram = make()
    run(nvram, 2)
    score(nvram)
    run(nvram, LATER // 2)
    assert not nvram.path.exists()
    run(nvram, LATER)
    assert nvram.path.exists()
    before = nvram.path.stat().st_mtime_ns
    run(nvram, LATER)
    assert nvram.path.stat().st_mtime_ns == before


def test_switched_off_and_on_it_is_there_again(make: Make) -> None:
    nvram = make()
    run(nvram, 2)
    score(nvram)
    nvram.machine.restart()
    nvram.power_on()
    assert nvram.path.exists()
    run(nvram, 1)
    assert table(nvram) == 0x22


def test_a_reset_that_nobody_told_of_loses_nothing(make: Make) -> None:
    """As a watchdog's: the program sets its table up anew."""
    nvram = make()
    run(nvram, 2)
    score(nvram)
    nvram.save()
    nvram.machine.cpus["cpu"]["pc"] = 0
    run(nvram, 2)
    assert table(nvram) == 0x22
    run(nvram, LATER)
    assert container.unpack("nvram", nvram.path.read_bytes(), 99)[1] == b"\x22"


def test_a_state_is_as_it_was_saved(make: Make, tmp_path: Path) -> None:
    nvram = make()
    run(nvram, 2)
    nvram.machine.save_state(tmp_path / "state")
    fresh = nvram.machine.state_sha256()
    score(nvram)
    nvram.machine.load_state(tmp_path / "state")
    nvram.other_state()
    assert container.unpack("nvram", nvram.path.read_bytes(), 99)[1] == b"\x22"
    assert nvram.machine.state_sha256() == fresh
    plain = nvram.machine.clone()
    plain.run_frames(9)
    run(nvram, 9)
    assert nvram.machine.state_sha256() == plain.state_sha256()
    again = machine_with_table()
    again.load_state(tmp_path / "state")
    begun = make(again)
    run(begun, 9)
    assert begun.machine.state_sha256() == plain.state_sha256()


def test_what_is_recorded_is_left_alone(make: Make, tmp_path: Path) -> None:
    first = make()
    run(first, 2)
    score(first)
    first.save()
    kept = first.path.read_bytes()
    machine = machine_with_table()
    recorder = recording.Recorder(machine)
    nvram = make(machine)
    run(nvram, 3)
    assert table(nvram) == 0x11
    score(nvram)
    run(nvram, LATER)
    nvram.save()
    assert first.path.read_bytes() == kept
    recorder.save(tmp_path / "film")
    other = machine_with_table()
    assert recording.start(other, tmp_path / "film").play(other)


def test_a_battery_keeps_what_there_is(make: Make) -> None:
    for turn in range(3):
        nvram = make(battery())
        assert table(nvram) == turn
        run(nvram, 2)
        assert table(nvram) == turn + 1
        nvram.save()
    nvram.machine.restart()
    nvram.power_on()
    assert table(nvram) == 3


def test_a_battery_of_an_earlier_version_is_kept(make: Make) -> None:
    """The RAM was a field of a device then."""
    first = make(battery())
    run(first, 2)
    first.save()
    header, body = container.unpack("nvram", first.path.read_bytes(), 2)
    assert header["fields"] == [["ram", 0, 2]]
    header["fields"] = [["main.ram", 0, 2]]
    first.path.write_bytes(container.pack("nvram", header, body))
    assert table(make(battery())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: b"",
        lambda data: b"\x22",
        lambda data: container.pack("state", {}, b"\x22"),
        lambda data: container.pack("nvram", {"fields": [["ram", 1, 1]]}, b"\x22"),
        lambda data: container.pack("nvram", {"fields": [["ram", 0, 1]]}, b"\x22\x22"),
        lambda data: container.pack("nvram", {"fields": [[["ram"], 0, 1]]}, b"\x22"),
        lambda data: container.pack("nvram", {"fields": [[]]}, b"\x22"),
        lambda data: container.pack("nvram", {}, bytes(1 << 20)),
    ],
)
def test_a_damaged_file_is_told_and_put_aside(make: Make, damage: Callable[[bytes], bytes]) -> None:
    first = make()
    run(first, 2)
    score(first)
    first.save()
    first.path.write_bytes(damage(first.path.read_bytes()))
    damaged = first.path.read_bytes()
    nvram = Nvram(machine_with_table(), first.path.parent)
    with pytest.raises(MachineError, match=r"\.nvram: ") as told:
        nvram.read()
    assert "\n" not in str(told.value)
    run(nvram, 2)
    assert table(nvram) == 0x11
    score(nvram)
    nvram.save()
    assert nvram.path.with_suffix(".damaged").read_bytes() == damaged
    run(make(), 2)


@given(data=st.binary(max_size=80))
def test_any_file_is_told(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    nvram = Nvram(machine_with_table(), tmp_path_factory.getbasetemp())
    nvram.path.write_bytes(data)
    with pytest.raises(MachineError):
        nvram.read()


def test_a_file_that_is_none_is_named_once(tmp_path: Path) -> None:
    nvram = Nvram(machine_with_table(), tmp_path)
    os.mkfifo(nvram.path)
    with pytest.raises(MachineError) as raised:
        nvram.read()
    assert str(raised.value) == f"{nvram.path}: a pipe, not a regular file"


def test_what_cannot_be_kept_is_refused_when_a_board_is_made() -> None:
    board = Board("b", "B", 1, 1)
    ram = board.ram("ram", 16)
    for start, size, fresh in ((0, 17, b""), (-1, 2, b""), (16, 1, b""), (0, 4, b"abc")):
        with pytest.raises(BoardError):
            board.keep(ram, start, size, fresh)
    board.keep(ram, 0, 4, b"abcd")
    with pytest.raises(BoardError, match="battery"):
        board.keep(ram, 8, 4)


def test_games_tell_where_their_best_scores_are() -> None:
    symbols = games.program().symbols
    (gardeners, founders), (best, first) = games.kept()
    assert gardeners == symbols["gardeners"]
    assert gardeners + len(founders) == symbols["gardeners_end"]
    assert (best, first) == (symbols["best"], founders[:3])
    assert founders[3:6] == b"IVY"


def test_best_gardeners_come_back(tmp_path: Path) -> None:
    """The bundled game: its table, and what is shown of it from the first page on."""

    def start() -> tuple[Cabinet, Nvram]:
        cabinet = Cabinet()
        machine = machines.load("invaders")
        cabinet.machine, cabinet.ram = machine, machine.arena["ram"]
        cabinet.memory = machine.memory
        nvram = Nvram(machine, tmp_path)
        nvram.read()
        return cabinet, nvram

    cabinet, nvram = start()
    run(nvram, 60)
    assert "1000" in cabinet.page()
    cabinet.put("gardeners", 0x00, 0x45, 0x01, *b"YOU")
    cabinet.put_score(14500, "best")
    run(nvram, 1)
    nvram.save()
    cabinet, nvram = start()
    run(nvram, 60)
    assert cabinet.bcd("best") == 14500
    assert "14500" in cabinet.page()
    for _ in range(2400):
        if "YOU" in cabinet.page():
            break
        run(nvram, 1)
    assert "YOU 014500" in cabinet.page()


def test_headless_runs_keep_scores_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMUCORE_DATA", str(tmp_path / "data"))
    script = tmp_path / "script"
    script.write_text("20 tap coin\n40 tap start1\n")
    words = ["run", "invaders", "--frames", "60", "--hash"]

    def hashed(*more: str) -> str:
        assert main([*words, *more]) == 0
        return capsys.readouterr().out

    plain = hashed()
    folder = tmp_path / "nv"
    assert hashed("--nvram", str(folder)) == plain
    assert not list(tmp_path.rglob("*.nvram"))
    machine = machines.load("invaders")
    nvram = Nvram(machine, folder)
    run(nvram, 3)
    machine.memory[0x2200 + 1] = 0x77
    run(nvram, 1)
    nvram.save()
    assert hashed() == plain
    assert hashed("--nvram", str(folder)) != plain
    film = str(tmp_path / "film")
    assert main([*words, "--nvram", str(folder), "--record", film]) == 2
    assert main(["run", "invaders", "--nvram", str(folder), "--playback", film]) == 2
    nvram.path.write_bytes(b"no such thing")
    capsys.readouterr()
    assert main([*words, "--nvram", str(folder)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
