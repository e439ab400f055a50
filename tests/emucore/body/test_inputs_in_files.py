"""Every kind of input in files: scripts, recordings, states, and the page about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from all_inputs import WIDTH, board, machine
from test_inputs import chords

from emucore.base.errors import MachineError, UserError
from emucore.body.events import Event, read_script
from emucore.history import recording, snapshot
from emucore.history.recording import Recorder
from emucore.machine import Machine
from machines.host.headless.diverge import diverge

PAGE = Path(__file__).parents[3] / "docs" / "inputs.md"


# -- scripts --------------------------------------------------------------------------------------


def test_a_script_can_do_it_all(tmp_path: Path) -> None:
    made = machine()
    text = """
        # a comment
        0 press p2.start     # and one behind
        1 tap coin           # its impulse
        2 move paddle 37
        2 move stick -5
        3 turn spinner -2
        4 aim gun 3 5
        5 aim gun off
        6 type "a#\\r"         # JSON
    """
    script = read_script(made, text.encode(), "moves")
    for frame in range(14):
        for event in script.events(made, frame):
            event.apply(made)
        made.run(1)
        assert made.inputs["coin"] == (1 <= frame < 4)
        assert made.inputs["gun"] == ((3, 5) if frame == 4 else None)
    ends = {"p2.start": True, "paddle": 37, "stick": -5, "spinner": 62}
    assert {name: made.inputs[name] for name in ends} == ends
    assert chords(made, 8)[0] == "enter"


def test_where_engines_part_is_found_whatever_was_done_before() -> None:
    """Every input is repeated in the search, and what is typed goes on in it."""
    pair = machine("reference"), machine("interp")
    text = b'0 type "aS1"\n1 move paddle 9\n2 turn spinner 5\n3 aim gun 3 4\n3 press p2.b\n'
    assert diverge(pair, 8, read_script(pair[0], text, "moves")) is None
    assert pair[1].inputs["gun"] == (3, 4)
    pair = machine("reference"), machine("interp")
    pair[1].hook("cpu", 0, lambda m: m.poke("ram", 0x2F00, int(m.frame == 5)))
    found = diverge(pair, 8, read_script(pair[0], text, "moves"))
    assert found is not None
    assert (found.frame, found.address, found.count) == (5, 0, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1 move paddle", "expected FRAME move AXIS VALUE"),
        ("1 move paddle 256", "paddle: 256 is not a number from 0 to 255"),
        ("1 move paddle 1.5", "'1.5' is not a number"),
        ("1 move paddle ²", "'²' is not a number"),
        ("1 move coin 1", "coin is a button, not an axis"),
        ("1 turn spinner 99999999999999999999", "is not a number"),
        ("1 aim gun 3", "expected FRAME aim GUN X Y, or off"),
        ("1 aim gun 32 1", "gun: 32 is not a number from 0 to 31"),
        ("1 aim gun -1 -1", "gun: -1 is not a number"),
        ("1 tap paddle", "paddle is an axis, not a button"),
        ("1 press coin 3", "expected FRAME press BUTTON"),
        ("1 type a", 'expected FRAME type "TEXT"'),
        ('1 type "a" b', 'expected FRAME type "TEXT"'),
        ("1 type [[[", 'expected FRAME type "TEXT"'),
        ('1 type "?"', "no keys for all of '\\?'"),
        ('1 type "€"', "not Latin-1"),
        (f'1 type "{"a" * 257}"', "257 characters are typed at a time: 256 at most"),
        ("1 type", "expected FRAME"),
        ("1 kick coin", "'kick' is not press"),
    ],
)
def test_a_script_that_is_wrong_is_refused(line: str, reason: str) -> None:
    with pytest.raises(UserError, match=f"moves:2: .*{reason}"):
        read_script(machine(), f"# moves\n{line}\n".encode(), "moves")


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        ("move", "paddle", "256"),
        ("move", "coin", "1"),
        ("move", "paddle", ""),
        ("turn", "spinner", "--1"),
        ("aim", "gun", "1"),
        ("aim", "gun", "1 2 3"),
        ("aim", "paddle", "off"),
        ("press", "coin", "2"),
        ("type", "", "?"),
        ("type", "", "\u20ac"),
        ("until", "", "-1"),
        ("jump", "", ""),
    ],
)
def test_events_that_cannot_be_are_refused(event: tuple[str, str, str], tmp_path: Path) -> None:
    with pytest.raises(UserError):
        Event(*event).check(machine())
    made, path = machine(), tmp_path / "recording"
    recorder = Recorder(made)
    recorder._add(*event)
    recorder.save(path)
    with pytest.raises(MachineError, match="damaged recording: "):
        recording.start(made, path)


def test_events_of_inputs_that_are_called_otherwise_now(tmp_path: Path) -> None:
    made = machine()
    recorder = Recorder(made)
    made.move("paddle", 9)
    made.turn("spinner", 3)
    made.run(2)
    recorder.save(tmp_path / "recording")
    later = board()
    later.inputs["knob"] = later.inputs.pop("paddle")
    later.former |= {"paddle": "knob"}
    other = Machine(later)
    other.load("ram", bytes(made.arena["ram"]))
    assert recording.start(other, tmp_path / "recording").play(other)


def test_a_state_with_an_input_where_none_can_be_is_refused() -> None:
    made = machine()
    for field, value in (
        ("ports.paddle", 256),
        ("ports.column", WIDTH),
        ("ports.row", -2),
        ("ports.spinner", 64),
        ("ports.sticks", 101),
        ("key.read", 1),
        ("key.down", 300),
    ):
        other = made.clone()
        other.arena[field].flat[0] = value
        before = made.state_sha256()
        with pytest.raises(MachineError, match="damaged state: "):
            snapshot.from_bytes(made, snapshot.to_bytes(other))
        assert made.state_sha256() == before


def test_the_page_is_right() -> None:
    """Its machine runs, and it says all that a script can do."""
    page = PAGE.read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    exec(compile(code, str(PAGE), "exec"), {"__name__": "page"})
    rows = re.findall(r"`12 (\w+) ", page)
    assert set(rows) == {"press", "tap", "move", "turn", "aim", "type", "switch"}
