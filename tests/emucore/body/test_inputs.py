"""Every kind of input: declared, moved, recorded, scripted, typed; the same on every engine."""

from __future__ import annotations

import collections
import random
from pathlib import Path

import numpy as np
import pytest
from all_inputs import FRAME, HEIGHT, KEYS, WIDTH, Ports, board, machine
from stirring import stir
from test_jit import eager as eager
from test_jit_bounds import quick as quick

from emucore.base.errors import ArgumentError, MachineError
from emucore.board import Board, BoardError
from emucore.board.typist import ROOM
from emucore.history import container, recording
from emucore.history.recording import Recorder
from emucore.machine import Machine

PAGE = Path(__file__).parents[3] / "docs" / "inputs.md"
ENGINES = ("reference", "interp", "jit")
SEEN = 0x2000  # where the program has what it reads: ten ports and three rows of keys


def seen(machine: Machine) -> bytes:
    machine.run(2)
    return machine.memory[SEEN : SEEN + 13]


# -- engines --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("eager", "quick")
def test_all_engines_agree(tmp_path: Path) -> None:
    """With things done between frames and in their midst, and states that others go on from."""
    machines = [machine(engine) for engine in ENGINES]
    rngs = [random.Random(3) for _ in machines]
    paths = [tmp_path / engine for engine in ENGINES]
    for turn in range(40):
        for each, rng, path in zip(machines, rngs, paths, strict=True):
            for _ in range(4):
                stir(each, rng)
                each.run_until(each.time + rng.randrange(FRAME))
            each.run(rng.randrange(3))
            each.save_state(path)
        assert len({each.state_sha256() for each in machines}) == 1, turn
        if turn % 5 == 4:
            for i, each in enumerate(machines):
                each.load_state(paths[i - 1])
    assert machines[0].memory[0x2100]


@pytest.mark.usefixtures("eager", "quick")
def test_a_recording_repeats_on_every_engine(tmp_path: Path) -> None:
    first = machine("interp")
    first.run(3)
    recorder, rng = Recorder(first), random.Random(5)
    for turn in range(60):
        stir(first, rng)
        if turn % 3 == 0:
            first.run_until(first.time + rng.randrange(FRAME))
            stir(first, rng)
        if turn == 30:
            first.restart()
        first.run(1)
    recorder.save(tmp_path / "recording")
    for engine in ENGINES:
        other = machine(engine)
        assert recording.start(other, tmp_path / "recording").play(other), engine
        assert other.state_sha256() == first.state_sha256()


def test_only_changes_are_recorded(tmp_path: Path) -> None:
    """As programs that play press, move and aim in every frame; what is turned always turns."""
    made = machine()
    recorder = Recorder(made)
    for frame in range(30):
        made.press("coin", frame > 9)
        made.move("paddle", 7 + frame // 10)
        made.aim("gun", 1, frame // 15)
        made.turn("spinner", 1)
        made.run(1)
    recorder.save(tmp_path / "recording")
    header, _ = container.unpack("recording", (tmp_path / "recording").read_bytes(), 1 << 24)
    kinds = collections.Counter(kind for _, kind, _, _ in header["events"])
    assert kinds == {"press": 2, "move": 3, "aim": 2, "turn": 30}
    other = machine()
    assert recording.start(other, tmp_path / "recording").play(other)


# -- each kind ------------------------------------------------------------------------------------


def test_a_pad_is_eight_buttons_in_the_order_of_their_bits() -> None:
    made = machine()
    for i, name in enumerate(["a", "b", "select", "start", "up", "down", "left", "right"]):
        made.press(name)
        made.press(f"p4.{name}")
        assert seen(made)[1:5] == bytes([2 ** (i + 1) - 1, 0, 0xFF, 0xFF ^ (2 ** (i + 1) - 1)])
    inputs = made.board.inputs
    assert [inputs[n].means for n in ("a", "b", "select", "up")] == [
        "button1", "button2", "select", "up",
    ]  # fmt: skip
    assert (inputs["p3.b"].player, inputs["p3.b"].title) == (3, "B, player 3")


def test_an_axis_has_ends_and_rests_between_them() -> None:
    made = machine()
    assert (made.inputs["paddle"], made.inputs["stick"], made.inputs["throttle"]) == (128, 0, 0)
    made.move("paddle", 255)
    made.move("stick", -100)
    assert (seen(made)[5], seen(made)[6]) == (255, 156)
    for name, value in (("paddle", 256), ("paddle", -1), ("stick", 101), ("throttle", 10)):
        with pytest.raises(ArgumentError, match=f"{name}: {value} is not a number from"):
            made.move(name, value)
    with pytest.raises(TypeError):
        made.move("paddle", 1.5)  # type: ignore[arg-type]
    made.restart()
    assert (made.inputs["paddle"], made.inputs["stick"]) == (128, 0)


def test_a_dial_wraps() -> None:
    made = machine()
    made.turn("spinner", -1)
    assert (made.inputs["spinner"], seen(made)[8]) == (63, 63)
    made.turn("spinner", 64 * 1000 + 3)
    assert made.inputs["spinner"] == 2
    made.inputs["spinner"] = 60
    assert made.inputs["spinner"] == 60
    with pytest.raises(ArgumentError, match="spinner: 16777217 is not a number from"):
        made.turn("spinner", (1 << 24) + 1)


def test_a_gun_sees_the_picture_where_it_is_aimed() -> None:
    """And nothing off it; whether there is light is the device's to say."""
    made = machine()
    made.run(50)
    picture = made.screen[:, :, 0]
    for bright in (0, 255):
        y, x = map(int, np.argwhere(picture == bright)[0])
        made.aim("gun", x, y)
        assert made.inputs["gun"] == (x, y)
        lit = {Ports.light(_Seen(made), 0, time) for time in range(FRAME)}
        assert lit == ({0, 1} if bright else {0})
    made.aim("gun")
    assert made.inputs["gun"] is None
    assert {Ports.light(_Seen(made), 0, time) for time in range(FRAME)} == {0}
    for dot in ((WIDTH, 0), (0, HEIGHT), (-1, -1), (3, None)):
        with pytest.raises(ArgumentError, match="gun: "):
            made.aim("gun", *dot)
    assert made.inputs["gun"] is None


class _Seen(Ports):
    """The fields that the function looks at, as they are in a machine."""

    def __init__(self, machine: Machine) -> None:
        self.column = int(machine.arena["ports.column"][0])
        self.row = int(machine.arena["ports.row"][0])
        self.pixels = machine.arena["ports.pixels"]


def test_keys_are_bits_of_their_rows() -> None:
    made = machine()
    made.press("key.shift")
    made.press("key.hash")
    made.press("key.0")  # behind a place without a key
    assert seen(made)[10:13] == bytes([0x1E, 0x17, 0x07])
    made.release("key.shift")
    assert seen(made)[10] == 0x1F
    titles = [made.board.inputs[f"key.{n}"].title for n in ("a", "space", "symbol")]
    assert titles == ["A", "Space", "Symbol"]
    means = [made.board.inputs[f"key.{n}"].means for n in ("a", "space", "symbol", "enter")]
    assert means == ["a", "space", "", "enter"]


def test_inputs_by_name() -> None:
    made = machine()
    made.inputs["coin"] = True
    made.inputs["stick"] = -3
    made.inputs["gun"] = (3, 4)
    assert (made.inputs["coin"], made.inputs["stick"], made.inputs["gun"]) == (True, -3, (3, 4))
    made.inputs["gun"] = None
    assert made.inputs["gun"] is None
    with pytest.raises(ArgumentError, match="inputs: paddle is an axis, not a button"):
        made.press("paddle")
    with pytest.raises(ArgumentError, match="inputs: coin is a button, not a dial"):
        made.turn("coin", 1)
    with pytest.raises(KeyError):
        made.aim("nothing", 1, 2)


# -- typed text -----------------------------------------------------------------------------------


def chords(machine: Machine, frames: int) -> list[str]:
    """The keys that are down in each frame."""
    keys = [name for name in machine.board.inputs if name.startswith("key.")]
    found = []
    for _ in range(frames):
        machine.run(1)
        found.append("+".join(n.removeprefix("key.") for n in keys if machine.inputs[n]))
    return found


def test_text_is_typed_at_the_machines_rate() -> None:
    """Two frames down and two up, behind a line's end four; shifts are held."""
    made = machine()
    made.type("a\r\nA_")  # which is one key
    expected = ["a", "a", "", "", "enter", "enter", "", "", "", "", "shift+a", "shift+a", "", ""]
    assert chords(made, 18) == [*expected, "symbol+0", "symbol+0", "", ""]
    assert made.keyboard_room() == ROOM
    assert made.panel.typing is not None
    made.run(1)
    assert not made.panel.typing.busy
    made.type("zz")  # one key, twice
    assert chords(made, 8) == ["z", "z", "", "", "z", "z", "", ""]


def test_typing_goes_on_in_a_copy_and_from_a_state() -> None:
    made = machine()
    made.type("Ad1!\nx")
    made.run(3)
    other = machine("reference")
    other.load_state_bytes(made.state_bytes())
    copy = made.clone()
    ends = chords(made, 30)
    assert ends == chords(copy, 30) == chords(other, 30)
    assert "shift+1" in ends


def test_what_cannot_be_typed_is_refused() -> None:
    made = machine()
    for text, reason in (("a?", "no keys for all of b'a\\?'"), ("€", "not Latin-1")):
        with pytest.raises(ArgumentError, match=reason):
            made.type(text)
    with pytest.raises(MachineError, match="no room for 257 typed characters"):
        made.type("a" * (ROOM + 1))
    made.type("a" * ROOM)
    assert made.keyboard_room() == 0
    keyboard = made.board.keyboards["key"]
    assert keyboard.untypeable("a?b?#") == "?b"
    assert keyboard.chords["\n"] == keyboard.chords["\r"]


def test_capitals_do_where_there_is_nothing_else() -> None:
    made = Board("caps", "capitals", 1, 1)
    made.keyboard("key", made.device("ports", Ports()), "rows", "A B\nC [enter]\n[-] D")
    assert [key.name for key in made.keyboards["key"].chords["a"]] == ["key.A"]
    assert made.inputs["key.A"].means == "a"


# -- declarations ---------------------------------------------------------------------------------


def fresh() -> tuple[Board, Ports]:
    made = Board("wrong", "wrong", 1, 1)
    return made, made.device("ports", Ports())


def test_declarations_that_cannot_be() -> None:
    made, ports = fresh()
    made.button("a", ports, "panel", 1)

    def refused(reason: str, declare: str, *arguments: object, **keywords: object) -> None:
        with pytest.raises(BoardError, match=reason):
            getattr(made, declare)(*arguments, **keywords)

    refused("two inputs a", "button", "a", ports, "panel", 2)
    refused("no name of an input", "button", "a b", ports, "panel", 2)
    refused("no name of an input", "button", "#", ports, "panel", 2)
    refused("no integer or row", "button", "b", ports, "nothing", 1)
    refused("no integer or row", "button", "b", ports, "pixels", 1)
    refused("has no element 4", "button", "b", ports, "pads", 1, index=4)
    refused("no room for 0 to 256", "button", "b", ports, "pads", 256)
    refused("a mask has bits", "button", "b", ports, "pads", 0)
    refused("cannot mean 'fire'", "button", "b", ports, "panel", 1, means="fire")
    refused("players count from 1", "button", "b", ports, "panel", 1, player=0)
    refused("does not rest", "axis", "x", ports, "paddle", 0, 9, rest=10)
    refused("no room for -40,000", "axis", "x", ports, "sticks", -40_000, 0)
    refused("no room for 0 to 299", "dial", "d", ports, "spinner", 300)
    refused("begins beyond its 4 counts", "dial", "d", ports, "panel", 4)
    refused("has 1 counts", "dial", "d", ports, "spinner", 1)
    refused("no picture", "gun", "g", ports, "column", "row", 0, 5)
    refused("has 2 rows of keys for 1", "keyboard", "k", ports, ["panel"], "a b\nc d")
    refused("has no element 3", "keyboard", "k", ports, "rows", "a\nb\nc\nd")
    refused("has no key shift", "keyboard", "k", ports, "rows", "a b", shifts=["shift"])
    refused("two inputs k.q", "keyboard", "k", ports, "rows", "q qQ")
    assert "k" not in made.devices


def test_a_keyboard_may_have_a_field_for_each_row() -> None:
    made, ports = fresh()
    made.keyboard("k", ports, ("panel", "chosen"), "a b\nc [run]", means={"run": "escape"})
    player = Machine(made)
    player.press("k.b")
    player.press("k.run")
    assert (player.arena["ports.panel"][0], player.arena["ports.chosen"][0]) == (10, 6)
    assert made.inputs["k.run"].means == "escape"


def test_the_table_has_as_many_keys_as_one_sees() -> None:
    assert len(board().keyboards["key"].keys) == len(KEYS.split()) - 1
