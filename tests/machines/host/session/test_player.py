"""The model of a session, without a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emucore.history.recording import Recorder
from emucore.machine import Machine, MachineError, MachineFault
from machines.arcade.invaders import build
from machines.host.profile.settings import SLOTS, Settings
from machines.host.profile.state_slots import Slots
from machines.host.session.player import SHOWN, Player

#: lxi h,2400; inr m; jmp 3: no two frames are alike.
PROGRAM = bytes.fromhex("210024 34 c30300")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., Player]


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Make:
    def make(prepare: Callable[[Machine], object] | None = None, **play: int) -> Player:
        rom = tmp_path / "rom.bin"
        rom.write_bytes(PROGRAM)
        machine = build(rom)
        machine.use("reference")
        if prepare is not None:
            prepare(machine)
        settings = Settings(values={("play", name): value for name, value in play.items()})
        return Player(machine, Slots(tmp_path / "states", machine), settings, clock)

    return make


@pytest.fixture
def player(make: Make) -> Player:
    return make()


def test_pause_and_frame_advance(player: Player, clock: Clock) -> None:
    assert player.frame() == 1
    player.obey("pause")
    assert [player.frame() for _ in range(3)] == [0, 0, 0]
    assert player.message == "Paused"
    player.obey("advance")
    player.obey("advance")
    assert [player.frame() for _ in range(3)] == [1, 1, 0]
    assert player.machine.frame == 3
    clock.now += SHOWN
    assert player.message == "Paused"
    player.obey("pause")
    assert player.frame() == 1
    assert player.message == "Resumed"
    clock.now += SHOWN
    assert player.message == ""


def test_frame_advance_pauses(player: Player) -> None:
    player.obey("advance")
    assert [player.frame() for _ in range(3)] == [1, 0, 0]


def test_rewind_goes_back_frame_by_frame_to_the_bit(player: Player) -> None:
    hashes = [player.machine.state_sha256()]
    for _ in range(4):
        player.frame()
        hashes.append(player.machine.state_sha256())
    player.obey("rewind")
    assert player.message == "Rewind"
    for expected in reversed(hashes[:-1]):
        assert player.frame() == -1
        assert player.machine.state_sha256() == expected
    assert player.frame() == 0
    player.obey("rewind", down=False)
    for expected in hashes[1:]:
        assert player.frame() == 1
        assert player.machine.state_sha256() == expected


def test_rewind_without_a_budget(make: Make) -> None:
    player = make(rewind_mib=0)
    player.frame()
    player.obey("rewind")
    assert not player.rewinding
    assert player.message == "Rewind is switched off"
    assert player.frame() == 1


def test_states_in_slots(player: Player) -> None:
    player.obey("load")
    assert player.message == "Slot 1 is empty"
    player.frame()
    saved = player.machine.state_sha256()
    player.obey("save")
    assert player.message == "Saved in slot 1"
    player.frame()
    player.obey("next_slot")
    assert player.message == "Slot 2: empty"
    player.obey("last_slot")
    assert player.message.startswith("Slot 1: 20")
    player.obey("load")
    assert player.message == "Loaded slot 1"
    assert player.machine.state_sha256() == saved
    picture = player.slots.picture(1)
    assert picture is not None
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert player.slots.picture(2) is None


def test_slots_go_round_and_are_remembered(player: Player) -> None:
    for _ in range(SLOTS):
        player.obey("next_slot")
    assert player.slot == 1
    player.obey("last_slot")
    player.obey("last_slot")
    assert player.slot == player.settings["play", "slot"] == SLOTS - 1


def test_a_bad_state_leaves_the_machine_alone(player: Player) -> None:
    player.frame()
    player.obey("save")
    path = player.slots.path(1)
    path.write_bytes(path.read_bytes()[:-9])
    before = player.machine.state_sha256()
    player.obey("load")
    assert player.message.startswith("Not loaded: ")
    assert player.machine.state_sha256() == before
    path.unlink()
    path.mkdir()
    player.obey("load")
    assert player.message == "Not loaded: Is a directory"
    player.obey("save")
    assert player.message.startswith("Not saved: ")
    assert player.machine.state_sha256() == before


def test_other_roms_have_other_slots(make: Make) -> None:
    def change(machine: Machine) -> None:
        machine.load("rom", b"\x01", 0x1000)

    assert make().slots.folder != make(change).slots.folder
    assert make().slots.folder == make().slots.folder


def test_while_recording_time_only_goes_on(make: Make, tmp_path: Path) -> None:
    player = make(Recorder)
    player.frame()
    player.obey("save")
    player.obey("load")
    assert player.message == "No states while recording"
    player.obey("rewind")
    assert player.message == "No rewind while recording"
    assert player.frame() == 1
    assert player.machine.frame == 2


def test_hurry(player: Player) -> None:
    assert not player.hurried
    player.obey("fast")
    assert player.hurried
    assert player.message == "Fast forward"
    player.obey("fast", down=False)
    assert not player.hurried
    player.obey("throttle")
    assert player.hurried
    assert player.message == "Unthrottled"
    player.obey("pause")
    assert not player.hurried
    player.obey("pause")
    player.obey("throttle")
    assert not player.hurried
    assert player.message == "Normal speed"


def test_a_device_that_goes_wrong_is_told(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session goes on, paused: one can rewind to where all was well."""
    before = [player.frame(), player.machine.state_sha256(), player.frame()][1]

    def fail(frames: int) -> int:
        raise MachineFault("invaders: sound.event went beyond an array, at time 7")

    with monkeypatch.context() as patch:
        patch.setattr(player.machine, "run_frames", fail)
        assert player.frame() == 0
    assert player.paused
    assert player.message == "invaders: sound.event went beyond an array, at time 7"
    player.obey("rewind")
    assert player.frame() == -1
    assert player.machine.state_sha256() == before


def test_reset_is_power_on(player: Player) -> None:
    fresh = player.machine.state_sha256()
    player.frame()
    player.obey("reset")
    assert player.machine.state_sha256() == fresh
    assert player.message == "Reset"


def test_what_is_the_windows_is_left_to_it(player: Player) -> None:
    assert not player.obey("fullscreen")
    assert player.obey("pause", down=False)
    assert not player.paused


def test_a_switchs_setting_has_a_name(player: Player) -> None:
    machine = player.machine
    assert machine.setting("lives") == "3"
    machine.set_switch("lives", "5")
    assert machine.setting("lives") == "5"
    with pytest.raises(MachineError, match=r"no switch 'speed'; it has lives, bonus"):
        machine.setting("speed")
