"""Slots: media that are changed while a machine runs, in every engine, in states and recordings."""

from __future__ import annotations

import pickle
import random
from functools import partial
from pathlib import Path

import media_boards as boards
import numpy as np
import pytest
from media_boards import FRAME, SECTOR, SECTORS, disk, machine, tape

from emucore.base.errors import ArgumentError, UnknownName
from emucore.base.medium import Medium
from emucore.board import Board, BoardError
from emucore.board.slot import Reader, content
from emucore.body.media import KNOWN_MOST
from emucore.device import array, integer
from emucore.history import container, recording, slots, snapshot
from emucore.history.differences import differences
from emucore.machine import ENGINES, Machine, MachineError
from machines.host.cli import main

ALL = ("reference", "interp", "jit")


def session(made: Machine, seed: int, steps: int = 12) -> None:
    """Run *made*, with media put in and taken out at random moments, within frames too."""
    rng = random.Random(seed)
    for _ in range(steps):
        made.run_frames(rng.randrange(4))
        made.run_until(made.frame * FRAME + rng.randrange(1, FRAME - 600))
        slot, way = rng.choice(["disk", "disk", "tape"]), rng.random()
        if way < 0.6:
            made.insert(slot, disk(rng.randrange(4)) if slot == "disk" else tape(rng.randrange(4)))
        elif way < 0.8:
            out = made.eject(slot)
            made.run_until(made.time + rng.randrange(500))
            if out is not None:
                made.insert(slot, out)
        else:
            made.eject(slot)
    made.run_frames(2)


def test_engines_agree_on_what_is_read_and_written() -> None:
    ends = []
    for engine in ALL:
        made = machine(engine)
        session(made, 5)
        assert made.arena["drive.written"].any() or made.media["disk"] is None
        ends.append((made.state_sha256(), made.arena.state(), bytes(made.arena["drive.content"])))
    assert ends[0] == ends[1] == ends[2]
    assert made.arena["ram"][:17].any()


def test_states_at_random_moments_go_on_in_any_engine() -> None:
    rng = random.Random(3)
    here, there = machine("interp"), machine("interp")
    for seed in range(6):
        session(here, seed, steps=3)
        here.run_until(here.frame * FRAME + rng.randrange(FRAME))
        for slot, medium in here.media.items():
            there.media.put(slot, medium)
        there.use(rng.choice(ALL))
        there.load_state_bytes(here.state_bytes())
        assert there.state_sha256() == here.state_sha256()
        assert dict(there.media) == dict(here.media)
        for each in (here, there):
            each.run_frames(2)
        assert there.arena.state() == here.arena.state()


@pytest.mark.parametrize("engine", ALL)
def test_a_recording_has_its_media_with_it(engine: str, tmp_path: Path) -> None:
    first = machine(engine)
    first.insert("disk", disk(9))
    first.run_frames(3)
    recorder = recording.Recorder(first)
    session(first, 11, steps=6)
    recorder.save(tmp_path / "film")
    assert first.arena["drive.written"].any() or first.media["disk"] is None
    for other in ALL:
        again = machine(other)
        assert recording.start(again, tmp_path / "film").play(again)
        assert again.state_sha256() == first.state_sha256()
        assert dict(again.media) == dict(first.media)


def test_a_disk_that_was_written_is_put_in_again_in_a_recording(tmp_path: Path) -> None:
    first = machine()
    first.insert("disk", disk(1))
    first.run_frames(20)
    out = first.eject("disk")
    assert out is not None
    assert out.written
    assert out.now() != disk(1).content
    recorder = recording.Recorder(first)
    first.insert("disk", out)
    first.run_frames(2)
    recorder.save(tmp_path / "film")
    again = machine()
    assert recording.start(again, tmp_path / "film").play(again)


def test_a_medium_that_is_not_what_a_recording_says(tmp_path: Path) -> None:
    first = machine()
    recorder = recording.Recorder(first)
    first.insert("disk", disk(1))
    recorder.save(tmp_path / "film")
    header, body = container.unpack("recording", (tmp_path / "film").read_bytes(), 1 << 20)
    row = header["held"][disk(1).key]
    bent = body[:-1] + bytes((body[-1] ^ 1,))
    other = {**header, "held": {disk(2).key: {**row, "sha256": disk(2).sha256}}}
    for head, data in (
        (header, bent),
        (other, body),
        ({**header, "held": {disk(2).key: row}}, body),
        ({**header, "held": {disk(1).key: {**row, "size": 1 << 62}}}, body),
        ({**header, "held": {disk(1).key: {**row, "size": 1 << 20}}}, body),
        ({**header, "held": {disk(1).key: {**row, "written": [[0]]}}}, body),
        ({**header, "held": {disk(1).key: {**row, "kind": "brick"}}}, body),
        ({**header, "held": []}, body),
        ({**header, "held": {}}, body),
    ):
        (tmp_path / "bad").write_bytes(container.pack("recording", head, data))
        again = machine()
        before = again.state_sha256()
        with pytest.raises(MachineError, match="bad: damaged") as told:
            recording.start(again, tmp_path / "bad")
        assert "\n" not in str(told.value)
        assert again.state_sha256() == before


def test_what_was_written_on_a_medium_is_what_a_recording_says(tmp_path: Path) -> None:
    first = machine()
    recorder = recording.Recorder(first)
    first.insert("disk", disk(1).with_writes(((SECTOR, bytes(SECTOR)),)))
    recorder.save(tmp_path / "film")
    assert recording.start(machine(), tmp_path / "film")
    header, body = container.unpack("recording", (tmp_path / "film").read_bytes(), 1 << 20)
    bent = body[:-1] + b"\1"
    (tmp_path / "film").write_bytes(container.pack("recording", header, bent))
    with pytest.raises(MachineError, match="a medium that does not match its hash"):
        recording.start(machine(), tmp_path / "film")


def test_a_state_of_before_it_was_written_undoes_that() -> None:
    made = machine()
    made.insert("disk", disk(1))
    before = made.arena.state()
    made.run_frames(9)
    assert made.arena["drive.content"].tobytes() != disk(1).content
    made.set_state(before)
    assert made.arena["drive.content"].tobytes() == disk(1).content


def test_what_a_recording_has_no_room_for_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "HELD_MOST", SECTOR * SECTORS)
    first = machine()
    recorder = recording.Recorder(first)
    first.insert("disk", disk(1))
    first.run_frames(2)
    first.insert("disk", disk(2))
    first.run_frames(2)
    recorder.save(tmp_path / "film")
    again = machine()
    with pytest.raises(MachineError) as told:
        recording.start(again, tmp_path / "film")
    missing = f"{disk(2).called()}, which it does not hold, goes in: --media disk=FILE"
    assert str(told.value) == f"{tmp_path / 'film'}: {missing}"
    again.insert("disk", disk(2))
    again.eject("disk")
    assert recording.start(again, tmp_path / "film").play(again)


def test_a_state_takes_what_was_written_and_no_more() -> None:
    made = machine()
    empty = len(made.arena.state())
    made.insert("disk", disk(1))
    assert len(made.arena.state()) == empty
    made.run_frames(30)
    written = int(made.arena["drive.written"].sum())
    assert 0 < written < SECTORS
    assert len(made.arena.state()) == empty + written * SECTOR
    assert "drive.content" in [name for name, *_ in snapshot.describe(made)["fields"]]
    assert snapshot.describe(made)["slots"]["disk"] == {
        "content": "drive.content",
        "unit": SECTOR,
        "name": "disk1",
        "sha256": disk(1).sha256,
    }


def test_what_is_not_marked_is_as_it_was_made() -> None:
    made = machine()
    made.insert("disk", disk(1))
    made.run_frames(30)
    sheet = made.arena.sheets[0]
    as_made = np.frombuffer(disk(1).content, np.uint8).reshape(-1, SECTOR)
    changed = (sheet.units(made.arena.bytes) != as_made).any(axis=1)
    assert not set(np.flatnonzero(changed)) - set(sheet.marked(made.arena.bytes))


def test_a_state_with_another_medium_is_refused() -> None:
    made = machine()
    made.insert("disk", disk(1))
    made.run_frames(5)
    state = made.state_bytes()
    made.insert("disk", disk(2))
    made.run_frames(1)
    before = made.state_sha256()
    with pytest.raises(MachineError) as told:
        made.load_state_bytes(state)
    assert str(told.value) == (
        f"a state with {disk(1).called()} in disk, where {disk(2).called()} is: insert it first"
    )
    assert made.state_sha256() == before
    fresh = machine()
    with pytest.raises(MachineError, match="in disk, which is empty: insert it first"):
        fresh.load_state_bytes(state)
    fresh.insert("disk", disk(1))
    fresh.load_state_bytes(state)
    empty = machine().state_bytes()
    fresh.load_state_bytes(empty)
    assert fresh.media["disk"] is None
    assert not fresh.arena["drive.content"].any()


def test_the_past_has_the_media_that_were_there() -> None:
    made = machine()
    made.keep_history()
    past = []
    for seed in (1, 2, 3):
        made.insert("disk", disk(seed))
        made.run_frames(4)
        past.append((made.state_sha256(), made.media["disk"]))
    made.eject("disk")
    made.run_frames(4)
    for sha256, medium in reversed(past):
        assert made.rewind(4) == 4
        assert (made.state_sha256(), made.media["disk"]) == (sha256, medium)
    other = made.clone()
    for each in (made, other):
        each.run_frames(3)
    assert other.state_sha256() == made.state_sha256()


def test_clones_write_each_on_its_own() -> None:
    made = machine()
    made.insert("disk", disk(1))
    made.run_frames(2)
    other = made.clone()
    before = made.state_sha256()
    other.insert("disk", disk(2))
    other.run_frames(5)
    assert made.state_sha256() == before
    assert made.media["disk"] != other.media["disk"]


def test_another_process_has_the_media_too() -> None:
    made = machine()
    made.insert("disk", disk(1))
    made.run_frames(9)
    made.origin = partial(machine), {}
    other = pickle.loads(pickle.dumps(made))
    assert other.state_sha256() == made.state_sha256()
    assert other.media["disk"] == made.media["disk"]


def test_a_difference_on_a_disk_is_found_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = machine(), machine()
    for each in (one, other):
        each.insert("disk", disk(1))
        each.run_frames(9)
    unit = int(np.flatnonzero(one.arena["drive.written"])[0])
    other.arena["drive.content"][unit * SECTOR + 3] ^= 0xFF
    paths = [tmp_path / "a", tmp_path / "b"]
    for each, path in zip((one, other), paths, strict=True):
        each.save_state(path)
    assert main(["state", "diff", *map(str, paths)]) == 1
    line = capsys.readouterr().out
    assert main(["state", "info", str(paths[0])]) == 0
    shown = f'slots    {{"disk": ["disk1", "{disk(1).sha256}"], "tape": ["", ""]}}'
    assert shown in capsys.readouterr().out
    assert line.startswith("drive.content")
    assert "1 of 2,048" in line
    (found,) = differences(snapshot.values(one), snapshot.values(other))
    assert (found.name, found.count) == ("drive.content", 1)
    other.run_frames(20)
    other.save_state(paths[1])
    assert main(["state", "diff", *map(str, paths)]) == 1
    assert "drive.written" in capsys.readouterr().out


def test_a_protected_medium_is_another_one_in_a_recording(tmp_path: Path) -> None:
    free, protected = disk(1), Medium(disk(1).content, "p", "disk", protected=True)
    assert free.key != protected.key
    first = machine()
    recorder = recording.Recorder(first)
    for medium in (free, protected):
        first.insert("disk", medium)
        first.run_frames(3)
    recorder.save(tmp_path / "film")
    again = machine()
    assert recording.start(again, tmp_path / "film").play(again)


def test_power_off_leaves_the_disk_as_it_was_written() -> None:
    made = machine()
    made.insert("disk", disk(1))
    made.run_frames(9)
    medium = made.media["disk"]
    assert medium is not None
    assert medium.written
    made.reset()
    assert made.media["disk"] == medium
    assert made.frame == 0
    assert not made.arena["ram"].any()


def test_a_protected_disk_is_not_written() -> None:
    made = machine()
    made.insert("disk", Medium(disk(1).content, "p", "disk", protected=True))
    made.run_frames(9)
    medium = made.media["disk"]
    assert medium is not None
    assert medium.protected
    assert not medium.written


def test_what_does_not_fit_leaves_the_slot_as_it_was(tmp_path: Path) -> None:
    made = machine()
    made.insert("disk", disk(1))
    before = made.state_sha256()
    empty, big = tmp_path / "empty", tmp_path / "big"
    empty.write_bytes(b"")
    big.write_bytes(bytes(SECTOR * SECTORS + 1))
    for what, told in (
        (tape(1), "'tape1'.*: is a tape, and disk takes a disk"),
        (disk(1, SECTORS + 1), "'disk1'.*: has 2,080 bytes; disk takes up to 2,048"),
        (Medium(b"", "none"), "has 0 bytes"),
        (Medium(bytes(99), "odd", "disk", written=((1, bytes(SECTOR)),)), "in other units"),
        (empty, "empty: empty, no disk"),
        (big, "big: larger than 2,048 bytes"),
        (tmp_path, "Is a directory"),
        (tmp_path / "gone", "No such file"),
    ):
        with pytest.raises((MachineError, OSError), match=told):
            made.insert("disk", what)
        assert made.state_sha256() == before
    with pytest.raises(ArgumentError, match="which tape cannot"):
        made.insert("tape", Medium(bytes(64), "t", "tape", written=((0, bytes(512)),)))
    with pytest.raises(UnknownName, match="no slot 'hat'; it has disk, tape"):
        made.insert("hat", disk(1))
    with pytest.raises(UnknownName):
        made.eject("hat")
    with pytest.raises(ArgumentError, match="no file that can be written into"):
        made.insert("disk", disk(1), through=True)
    assert made.eject("tape") is None


def test_old_media_are_forgotten_those_in_use_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert KNOWN_MOST > 0
    monkeypatch.setattr("emucore.body.media.KNOWN_MOST", 3 * SECTOR * SECTORS)
    made = machine()
    made.insert("tape", tape(1))
    made.keep_history()
    for seed in range(20):
        made.insert("disk", disk(seed))
        made.run_frames(1)
    assert len(made.arena.known) <= 4
    assert made.media["tape"] == tape(1)
    with pytest.raises(MachineError, match="disk: what this state has in it is not here"):
        made.rewind(19)


def test_contradictions_are_refused_when_a_board_is_made() -> None:
    class Small(Reader):
        content = content(100)

    class Large(Reader):
        content = content(1 << 25)

    class Few(Reader):
        unit: int = integer(32, fixed=True)
        content = content(64)
        written = array("u1", 1)

    class Hollow(Reader):
        content = array("u1", 512)

    def told(device: Reader, kind: str = "disk") -> str:
        board = Board("b", "B", 1, 1)
        with pytest.raises(BoardError) as raised:
            board.slot("s", board.device("d", device), kind)
        return str(raised.value)

    assert told(Small()) == "slot s: 100 bytes are no unit"
    assert told(Large()).endswith("is not within 16,777,216")
    assert told(Few()) == "slot s: written needs an element for each 32 bytes of content"
    assert told(Hollow()) == "slot s: its device has no field of content"
    assert told(boards.Drive(), "brick") == "slot s: no kind 'brick' of media"
    board = boards.board()
    with pytest.raises(BoardError, match="two slots of that name"):
        board.slot("disk", board.devices["drive"], "disk")  # type: ignore[arg-type]


def test_all_engines_are_tried() -> None:
    assert set(ALL) <= set(ENGINES)
