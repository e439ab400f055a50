"""Save states and recordings: the same machine again, or a refusal that changes nothing."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import machines
from emucore.base.errors import UserError
from emucore.body.events import read_script
from emucore.history import container, recording, snapshot
from emucore.machine import Machine, MachineError
from machines.host.headless.headless import run

# Counts in RAM, plays with the shifter, and shows what the buttons are: no two frames are alike.
PROGRAM = bytes.fromhex(
    """
    310024 210020 110024
    db01 77 23 7b 12 13
    d304 3a0020 3c 320020 d302 db03 12 13
    7a e63f f620 57
    7c e623 f620 67 c30900
    """
)


@pytest.fixture(scope="module")
def rom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rom") / "program.bin"
    path.write_bytes(PROGRAM)
    return path


def make(rom: Path) -> Machine:
    return machines.load("invaders", rom, engine="reference")


def test_a_state_saved_mid_run_goes_on_alike(rom: Path, tmp_path: Path) -> None:
    machine, other = make(rom), make(rom)
    machine.press("fire")
    machine.run_frames(2)
    machine.run_until(machine.time + 12_345)  # not at a frame's end
    snapshot.save(machine, tmp_path / "state")
    snapshot.load(other, tmp_path / "state")
    assert other.state_sha256() == machine.state_sha256()
    machine.run_frames(2)
    assert other.state_sha256() != machine.state_sha256()
    other.run_frames(2)
    assert other.state_sha256() == machine.state_sha256()
    assert other.frame_crc32() == machine.frame_crc32()


def test_a_state_moves_between_engines(tmp_path: Path) -> None:
    """The bundled game: eight frames in one go, and with another engine for each of them."""
    whole = machines.load("invaders", engine="reference")
    path = tmp_path / "state"
    machine = machines.load("invaders", engine="interp")
    for frame in range(8):
        whole.run_frames(1)
        machine.run_until(machine.time + 100_001 * frame % 300_000)
        snapshot.save(machine, path)
        engine = ("interp", "reference")[frame % 2]
        machine = machines.load("invaders", engine=engine)
        snapshot.load(machine, path)
        machine.run_frames(1)
        assert machine.state_sha256() == whole.state_sha256(), frame


def test_saving_replaces_the_file_whole(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "state"
    path.write_bytes(b"old")
    snapshot.save(machine, path)
    snapshot.load(machine, path)
    assert os.listdir(tmp_path) == ["state"]
    with pytest.raises(OSError, match="gone"):
        snapshot.save(machine, tmp_path / "gone" / "state")


def refused(machine: Machine, path: Path, why: str) -> None:
    before = machine.state_sha256()
    with pytest.raises(MachineError, match=why) as caught:
        snapshot.load(machine, path)
    assert "\n" not in str(caught.value)
    assert machine.state_sha256() == before


def test_states_of_other_machines_are_refused(rom: Path, tmp_path: Path) -> None:
    machine = make(rom)
    machine.run_frames(1)
    (tmp_path / "other.bin").write_bytes(PROGRAM + b"\0")
    snapshot.save(make(tmp_path / "other.bin"), tmp_path / "rom")
    refused(machine, tmp_path / "rom", "other ROMs")
    (tmp_path / "x.com").write_bytes(b"\xc9")
    cpm = machines.load("cpm", tmp_path / "x.com", engine="reference")
    snapshot.save(cpm, tmp_path / "cpm")
    refused(machine, tmp_path / "cpm", "a state of 'cpm', not of 'invaders'")
    z80 = machines.load("cpm", tmp_path / "x.com", cpu="z80", engine="reference")
    refused(z80, tmp_path / "cpm", "a board with CPU 8080, not z80")
    refused(machine, rom, "not a state file")
    recording.Recorder(machine).save(tmp_path / "recording")
    refused(machine, tmp_path / "recording", "not a state file")


def content(machine: Machine) -> tuple[dict[str, Any], bytes]:
    data = container.pack("state", snapshot.describe(machine), snapshot.contents(machine))
    return container.unpack("state", data, 1 << 24)


def repacked(header: dict[str, Any], body: bytes) -> bytes:
    text = json.dumps(header).encode()
    content = len(text).to_bytes(4, "little") + text + body
    return container.MAGIC + zstandard.compress(content)


def test_wrong_headers_are_refused(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "state"
    header, body = content(machine)
    fields = header["fields"]
    name, code, shape = fields[3]
    for change, why in (
        ({"version": 2}, "format 2"),
        ({"version": None}, "format None"),
        ({"kind": "film"}, "not a state"),
        ({"size": len(body) + 1}, "checksum"),
        ({"sha256": "0" * 64}, "checksum"),
        ({"cpus": []}, "a board with CPU"),
        ({"fields": None}, "no list of fields"),
        ({"fields": fields[:-1]}, "more bytes than fields"),
        ({"fields": [*fields, ["nobody", "u1", [1]]]}, "cut off"),
        ({"fields": [*fields, fields[0]]}, "two fields"),
        ({"fields": [*fields[:3], [name, "f2", shape], *fields[4:]]}, "no known type"),
        ({"fields": [*fields[:3], [name, ["i8"], shape], *fields[4:]]}, "no known type"),
        ({"fields": [*fields[:3], [name, code, [0]], *fields[4:]]}, "no known type and shape"),
        ({"fields": [*fields[:3], [name, code, [1 << 60]], *fields[4:]]}, "no known type"),
        ({"fields": [*fields, 7]}, "without name"),
    ):
        path.write_bytes(repacked({**header, **change}, body))
        refused(machine, path, why)
    for bad in (repacked(header, body[:-1]), repacked(header, body + b"\0")):
        path.write_bytes(bad)
        refused(machine, path, "checksum")
    for text in (b"[]", b"{", b"\xff", b"[" * 100_000):
        data = container.MAGIC + zstandard.compress(len(text).to_bytes(4, "little") + text)
        path.write_bytes(data)
        refused(machine, path, "not JSON|not a state")
    path.write_bytes(container.MAGIC + zstandard.compress(b"\xff\xff\xff\x7f{}"))
    refused(machine, path, "cut off")
    path.write_bytes(repacked(header, body))
    snapshot.load(machine, path)


def test_fields_of_another_version_are_refused(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "state"
    header, body = content(machine)
    fields = header["fields"]
    assert fields[0] == ["machine.frame", "i8", [1]]
    last = [i for i, row in enumerate(fields) if row[1:] == ["i8", [1]]][-1]
    name = fields[last][0]
    for rows, data, why in (
        (fields[1:], body[8:], "lacks the field 'machine.frame'"),
        ([*fields, ["nobody", "u1", [1]]], body + b"0", "'nobody' is not one of"),
        ([*fields[:last], [name, "f8", [1]], *fields[last + 1 :]], body, "of another version"),
        ([*fields[:last], [name, "i4", [2]], *fields[last + 1 :]], body, "of another version"),
    ):
        path.write_bytes(container.pack("state", {**header, "fields": rows}, data))
        refused(machine, path, why)


def test_a_register_with_too_many_bits_is_refused(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "state"
    good = machine.state_sha256()
    machine.arena["cpu.cy"][...] = 2
    path.write_bytes(
        container.pack("state", snapshot.describe(machine), snapshot.contents(machine))
    )
    machine.arena["cpu.cy"][...] = 0
    assert machine.state_sha256() == good
    refused(machine, path, "cy has more than 1 bits")


def test_a_small_file_cannot_become_a_large_one(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "state"
    bomb = zstandard.compress(bytes(snapshot.limit(machine) + container.HEADER_MOST + 100))
    assert len(bomb) < 10_000
    path.write_bytes(container.MAGIC + bomb)
    refused(machine, path, "more than")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_damaged_files_are_refused(rom: Path, tmp_path: Path, data: st.DataObject) -> None:
    machine, path = make(rom), tmp_path / "state"
    machine.run_until(1000)
    snapshot.save(machine, path)
    good = path.read_bytes()
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(bad) - 1))
        bad[at] ^= data.draw(st.integers(1, 255))
    end = data.draw(st.integers(0, len(bad)) | st.just(len(bad)))
    path.write_bytes(bad[:end] + data.draw(st.binary(max_size=8)))
    if path.read_bytes() == good:
        return
    before = machine.state_sha256()
    with contextlib.suppress(MachineError):
        snapshot.load(machine, path)
    assert machine.state_sha256() == before  # what loads in spite of it is the same state


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_headers_of_any_json_are_refused(rom: Path, tmp_path: Path, data: st.DataObject) -> None:
    """One value somewhere in a header is another: at the top, in the state or in a list's row."""
    machine, path = make(rom), tmp_path / "recording"
    recording.Recorder(machine).save(path)
    header, body = container.unpack("recording", path.read_bytes(), 1 << 24)
    header["events"] = [[0, "press", "fire", "1"], [1, "switch", "lives", "5"]]
    state = header["state"]
    row = data.draw(st.integers(0, len(state["fields"]) - 1))
    place = data.draw(
        st.sampled_from([header, state, state["cpus"], state["fields"][row], *header["events"]])
    )
    key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
    value = place[key]
    place[key] = data.draw(json_values.filter(lambda v: v != value))
    path.write_bytes(repacked(header, body))
    before = machine.state_sha256()
    try:
        played = recording.start(machine, path)
    except MachineError:
        assert machine.state_sha256() == before
        return
    without = key == "ends" and place[key] is None  # files of the first version had none
    assert without or key in ("frame", "frames", "end", "events", 0, 3)  # all else must fit exactly
    assert machine.state_sha256() == before
    assert played.frames == header["frames"]


SCRIPT = b"""
0 tap coin 2   # a comment
1 press fire
2 switch lives=5
3 release fire
3 tap left
"""


def test_a_recording_repeats_the_run(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "recording"
    machine.run_frames(1)
    recorder = recording.Recorder(machine)
    run(machine, read_script(machine, SCRIPT, "script"), frames=5)
    recorder.save(path)
    pressed = machine.state_sha256()
    other = make(rom)
    played = recording.start(other, path)
    assert (played.frames, played.end, other.frame) == (5, pressed, 1)
    run(other, played.script, frames=played.frames)
    assert other.state_sha256() == pressed
    run(idle := make(rom), frames=6)
    assert idle.state_sha256() != pressed


def test_a_recording_with_a_restart(rom: Path, tmp_path: Path) -> None:
    """Frames count on where the machine's own begin again; what came after the last one counts."""
    machine, path = make(rom), tmp_path / "recording"
    machine.run_frames(3)
    recorder = recording.Recorder(machine)
    machine.set_switch("lives", "6")
    machine.run_frames(2)
    machine.press("fire")
    machine.restart()
    machine.press("left")
    machine.run_frames(2)
    machine.press("left", False)
    recorder.save(path)
    other = make(rom)
    played = recording.start(other, path)
    assert (played.frames, machine.frame) == (4, 2)
    run(other, played.script, frames=played.frames)
    assert other.frame == 2
    assert other.state_sha256() != machine.state_sha256()
    assert played.finish(other)


def test_wrong_recordings_are_refused(rom: Path, tmp_path: Path) -> None:
    machine, path = make(rom), tmp_path / "recording"
    recording.Recorder(machine).save(path)
    header, body = container.unpack("recording", path.read_bytes(), 1 << 24)
    before = machine.state_sha256()
    for change in (
        {"frames": -1},
        {"frames": True},
        {"frames": 10**30},
        {"end": None},
        {"state": []},
        {"state": {}},
        {"events": None},
        {"events": [[0, "press", "coin"]]},
        {"events": [[0, "press", "coin", "yes"]]},
        {"events": [[0, "press", "lid", "1"]]},
        {"events": [[0, "press", ["coin"], "1"]]},
        {"events": [[0, "switch", "lives", "99"]]},
        {"events": [[0, "type", "", "\u20ac"]]},
        {"events": [[0, "kick", "coin", "1"]]},
        {"events": [[-1, "press", "coin", "1"]]},
        {"events": [["0", "press", "coin", "1"]]},
        {"ends": []},
        {"ends": [1] * len(header["ends"])},
        {"ends": "0" * len(header["ends"])},
    ):
        path.write_bytes(repacked({**header, **change}, body))
        with pytest.raises(MachineError):
            recording.start(machine, path)
        assert machine.state_sha256() == before


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x press coin", "number of frames"),
        ("-1 press coin", "number of frames"),
        ("1 press", "expected FRAME"),
        ("1 press coin 3", "expected FRAME"),
        ("1 kick coin", "'kick' is not press"),
        ("1 press lid", "no input 'lid'"),
        ("1 switch lives=12", "no setting lives=12"),
        ("1 switch lives", "no setting"),
        ("1 tap coin x", "number of frames"),
        ("99999999999 tap coin", "number of frames"),
    ],
)
def test_bad_scripts_name_their_line(rom: Path, line: str, why: str) -> None:
    with pytest.raises(UserError, match=f"^script:2: .*{why}"):
        read_script(make(rom), f"# one\n{line}\n".encode(), "script")
