"""Mouse, sticks and keyboard drive every kind of input, in a window and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import all_inputs
import pygame
import pytest
from desk import cabinet_of_ports, go, hit, key, open_session

from emucore.board import Board
from emucore.history.recording import Recorder
from emucore.machine import Machine
from machines.host.input.analog import ACROSS, FRAMES, SPIN, SWEEP, Analog
from machines.host.input.buttons import Buttons
from machines.host.input.controls import Change, Controls
from machines.host.input.usual import moving, rows
from machines.host.menu import bindings, pages
from machines.host.profile import settings
from machines.host.profile.settings import PLAIN
from machines.host.session.session import Session


@pytest.fixture
def machine() -> Machine:
    return all_inputs.machine()


def per_cent(key: str) -> float:
    return float(PLAIN["input", key][0])


@pytest.fixture
def analog(machine: Machine) -> Analog:
    return Analog(machine, Controls(machine.board.inputs.values()), per_cent)


# -- what is usual --------------------------------------------------------------------------------


def test_the_cabinets_controls_are_those_of_every_version(tmp_path: Path) -> None:
    """People know them, and their settings name them."""
    board = cabinet_of_ports(tmp_path).board
    assert {name: row.usual for name, row in rows(board.inputs.values()).items()} == {
        "coin": ("5", "pad1 back"),
        "start1": ("1", "pad1 start"),
        "start2": ("2", "pad2 start"),
        "left": ("left", "pad1 dpleft", "pad1 leftx-"),
        "left2": ("d", "pad2 dpleft", "pad2 leftx-"),
        "right": ("right", "pad1 dpright", "pad1 leftx+"),
        "right2": ("g", "pad2 dpright", "pad2 leftx+"),
        "fire": ("left ctrl", "pad1 a"),
        "fire2": ("a", "pad2 a"),
        "tilt": ("t",),
    }


def test_what_is_usual_for_each_kind(machine: Machine) -> None:
    made = rows(machine.board.inputs.values())
    usual = {name: made[name].usual for name in made}
    assert usual["a"] == ("left ctrl", "pad1 a")
    assert usual["p4.left"] == ("[4]", "pad4 dpleft", "pad4 leftx-")
    assert usual["paddle"] == ("pad1 leftx", "mouse x")
    assert usual["paddle-"] == ("left", "pad1 dpleft")
    assert usual["stick"] == ("pad1 leftx",)
    assert usual["throttle"] == ("pad1 righttrigger",)
    assert (usual["throttle-"], usual["throttle+"]) == ((), ("left ctrl", "pad1 a"))
    assert usual["ball-y"] == ("pad1 lefty", "mouse y")
    assert usual["ball-y+"] == ("down", "pad1 dpdown")
    assert usual["gun"] == ("pad1 leftxy", "mouse")
    assert usual["trigger"] == ("left ctrl", "pad1 righttrigger+", "pad1 a", "mouse left")
    assert usual["key.a"] == ("a",)
    assert usual["key.shift"] == ("left shift", "right shift")
    assert usual["key.enter"] == ("return",)
    assert usual["key.symbol"] == ()
    titles = [made[name].title for name in ("paddle", "paddle+", "throttle+", "ball-y-")]
    assert titles == ["Paddle", "Paddle: right", "Throttle: up", "Ball Y: up"]


def test_every_control_that_is_usual_exists(machine: Machine) -> None:
    from emucore.board.inputs import AXES, BUTTONS, DIALS, KEYS
    from machines.host.input.keys import is_control

    board = Board("every", "every meaning", 1, 1)
    ports = board.device("ports", all_inputs.Ports())
    for player in (1, 2, 3, 4):
        for means in sorted(BUTTONS):
            board.button(f"{means}{player}", ports, "panel", 1, means=means, player=player)
        for means in sorted(AXES):
            board.axis(f"{means}-{player}.", ports, "paddle", 0, 9, means=means, player=player)
        for means in sorted(DIALS):
            board.dial(f"{means}-{player}.", ports, "paddle", 9, means=means, player=player)
    table = " ".join(f"[{key}]" for key in sorted(KEYS - {"]"})[:60])
    board.keyboard("one", ports, ["panel"], table)
    table = " ".join(f"[{key}]" for key in sorted(KEYS - {"]"})[60:])
    board.keyboard("two", ports, ["panel"], table)
    pygame.display.init()
    wrong = {
        control
        for row in rows(board.inputs.values()).values()
        for control in row.usual
        if not is_control(control)
    }
    assert wrong == set()
    assert all(row.usual for row in rows(board.inputs.values()).values() if row.is_key)


def test_what_moves_an_input(machine: Machine) -> None:
    stick, gun = machine.board.inputs["stick"], machine.board.inputs["gun"]
    assert moving(stick, "pad2 righty-") == "pad2 righty"
    assert moving(stick, "mouse y") == "mouse y"
    assert moving(gun, "pad1 righty+") == "pad1 rightxy"
    assert moving(gun, "mouse x") == "mouse"
    assert [moving(stick, c) for c in ("left", "pad1 a", "mouse left")] == ["", "", ""]
    assert moving(gun, "pad1 lefttrigger+") == ""


# -- moved, frame by frame ------------------------------------------------------------------------


def test_an_axis_by_the_mouse_a_stick_and_keys(machine: Machine, analog: Analog) -> None:
    """Each takes over from where the others have left it."""
    analog.frame()
    assert machine.inputs["paddle"] == 128
    analog.mouse(ACROSS / 4, 0)
    analog.frame()
    assert machine.inputs["paddle"] == 192
    analog.frame()
    assert machine.inputs["paddle"] == 192
    analog.mouse(10_000, 0)
    analog.frame()
    assert machine.inputs["paddle"] == 255
    analog.push("pad1 leftx", -1.0)
    analog.frame()
    assert machine.inputs["paddle"] == 0
    assert analog.press("paddle+", True)
    for _ in range(FRAMES // 3):
        analog.frame()
    analog.press("paddle+", False)
    analog.frame()
    assert machine.inputs["paddle"] == 85  # it stays: a paddle does not spring
    analog.push("pad1 leftx", 0.1)  # within the dead zone: its middle
    analog.frame()
    assert machine.inputs["paddle"] == 128
    assert not analog.press("coin", True)


def test_a_stick_springs_back(machine: Machine, analog: Analog) -> None:
    analog.press("stick-", True)
    for _ in range(FRAMES):
        analog.frame()
    assert machine.inputs["stick"] == -100
    analog.press("stick-", False)
    found = []
    for _ in range(FRAMES):
        analog.frame()
        found.append(machine.inputs["stick"])
    assert found == sorted(found)
    assert (found[0], found[-1]) == (-96, 0)
    analog.push("pad1 leftx", 1.0)
    analog.frame()
    assert machine.inputs["stick"] == 100


def test_a_dial_by_all(machine: Machine, analog: Analog) -> None:
    analog.mouse(5, -3)
    analog.frame()
    names = ("spinner", "ball-x", "ball-y")
    assert [machine.inputs[n] for n in names] == [5, 5, 253]
    analog.push("pad1 lefty", 1.0)
    for _ in range(3):
        analog.frame()
    assert machine.inputs["ball-y"] == 253 + 3 * SPIN - 256
    analog.push("pad1 lefty", 0.0)
    analog.press("spinner-", True)
    analog.frame()
    analog.press("spinner-", False)
    analog.frame()
    assert machine.inputs["spinner"] == (5 - SPIN) % 64
    analog.mouse(100, 100)
    analog.idle()
    analog.frame()
    assert machine.inputs["spinner"] == (5 - SPIN) % 64


def test_slow_turns_add_up(machine: Machine) -> None:
    controls = Controls(machine.board.inputs.values())
    analog = Analog(machine, controls, lambda key: 25 if key == "mouse" else per_cent(key))
    for _ in range(10):
        analog.mouse(1, 0)
        analog.frame()
    assert machine.inputs["spinner"] == 2


def test_a_gun_by_the_pointer_and_a_stick(machine: Machine, analog: Analog) -> None:
    analog.point((3, 4))
    analog.frame()
    assert machine.inputs["gun"] == (3, 4)
    analog.point((all_inputs.WIDTH, 0))
    analog.frame()
    assert machine.inputs["gun"] is None
    analog.push("pad1 leftx", 1.0)
    analog.frame()
    assert machine.inputs["gun"] == (16, 12)  # from the middle on
    for _ in range(SWEEP):
        analog.frame()
    assert machine.inputs["gun"] == (31, 12)


def test_another_state_is_given_what_the_hands_have(machine: Machine, analog: Analog) -> None:
    begin = machine.state_bytes()
    analog.mouse(100, 0)
    analog.point((1, 2))
    analog.frame()
    values = {name: machine.inputs[name] for name in ("paddle", "gun", "stick")}
    machine.load_state_bytes(begin)
    analog.frame()
    assert machine.inputs["gun"] is None
    analog.again()
    analog.frame()
    assert {name: machine.inputs[name] for name in values} == values


def test_nothing_is_told_twice(machine: Machine, analog: Analog) -> None:
    told = []
    machine.heard = lambda *event: told.append(event)
    for _ in range(3):
        analog.frame()
    assert told == []
    analog.mouse(40, 0)
    analog.frame()
    analog.frame()
    assert told == [
        ("move", "paddle", "154"), ("turn", "spinner", "40"), ("turn", "ball-x", "40"),
    ]  # fmt: skip


def test_an_impulse_lasts_as_long_as_it_should(machine: Machine) -> None:
    buttons = Buttons(machine)
    for held in (1, 9):
        pressed = []
        for frame in range(12):
            buttons.frame()
            if frame in (0, held):
                buttons.press("coin", frame == 0)
            machine.run(1)
            pressed.append(machine.inputs["coin"])
        assert pressed == [True] * 3 + [False] * 9


def test_what_toggles_stays(machine: Machine) -> None:
    buttons = Buttons(machine)
    states = []
    for _ in range(4):
        for down in (True, False):
            buttons.frame()
            buttons.press("door", down)
            machine.run(1)
            states.append(machine.inputs["door"])
    assert states == [True, True, False, False] * 2
    machine.press("door")
    buttons.again(set())
    assert machine.inputs["door"] is True


# -- keyboards ------------------------------------------------------------------------------------


def test_a_machines_keyboard_has_the_keys() -> None:
    """Those that it has; what else there is stays what it was, as do menu and release."""
    controls = Controls(all_inputs.board().inputs.values())
    assert controls.captured
    assert [c.name for c in controls.feed("x", True)] == ["key.x"]
    assert controls.feed("f7", True) == [Change("load", True, action=True)]
    controls.release()
    controls.feed("left shift", True)
    assert controls.feed("f7", True) == [Change("save", True, action=True)]
    controls.release()
    assert controls.feed("tab", True) == [Change("menu", True, action=True)]
    assert controls.feed("scroll lock", True) == [Change("keyboard", True, action=True)]
    controls.release()
    controls.captured = False
    assert controls.feed("x", True) == []
    assert controls.hint() == "Tab: menu   Scroll Lock: hotkeys   5: coin   1: start"


def test_its_keys_go_before_actions_whoever_bound_them() -> None:
    inputs = list(all_inputs.board().inputs.values())
    controls = Controls(inputs, {"pause": ["z"], "menu": ["s"]}, {"key.a": ["f12", "tab"]})
    assert controls.feed("z", True) == [Change("key.z", True)]
    assert controls.feed("f12", True) == [Change("key.a", True)]
    assert controls.feed("s", True) == [Change("menu", True, action=True)]
    controls.release()
    controls.captured = False
    assert controls.feed("z", True) == [Change("pause", True, action=True)]


# -- in a window ----------------------------------------------------------------------------------


@pytest.fixture
def session(tmp_path: Path, machine: Machine) -> Iterator[Session]:
    made = open_session(machine, tmp_path, settings.load(tmp_path / "settings.toml"))
    yield made
    made.close()


def mouse(session: Session, dx: int = 0, dy: int = 0, at: tuple[int, int] = (0, 0)) -> None:
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, rel=(dx, dy), pos=at))
    session.step()


def test_the_mouse_moves_and_aims(session: Session) -> None:
    """At the dot that is seen under the pointer; buttons are controls as well."""
    inputs, window = session.machine.inputs, session.stage.window
    session.step()
    assert window._mouse == (True, True)
    mouse(session, 40, at=(9, 13))  # twice as large as the picture
    assert (inputs["paddle"], inputs["gun"]) == (154, (4, 6))
    pygame.event.post(pygame.event.Event(pygame.WINDOWLEAVE))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1))
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=4))
    session.step()
    assert (inputs["trigger"], inputs["gun"]) == (True, None)
    hit(session, "tab")
    mouse(session, 40)
    assert window._mouse == (False, True)
    assert inputs["paddle"] == 154
    hit(session, "tab")
    assert inputs["trigger"] is False


def test_a_pads_stick_moves(session: Session) -> None:
    from test_pads import LEFT_X, Virtual

    from machines.host.base.sdl import sdl

    pad = Virtual(sdl())
    session.step()
    pad.axis(LEFT_X, 32_767)
    session.step()
    assert session.machine.inputs["stick"] == 100
    pad.unplug()
    session.step()
    assert session.machine.inputs["stick"] == 0


@pytest.mark.parametrize(
    ("rotate", "dot"), [(0, (4, 6)), (90, (6, 19)), (180, (27, 17)), (270, (25, 4))]
)
def test_where_the_beam_is(rotate: int, dot: tuple[int, int], session: Session) -> None:
    """Under a dot of a picture that is turned."""
    stage, across, down = session.stage, 32, 24
    if rotate % 180:
        across, down = down, across
    stage._machine = SimpleNamespace(  # type: ignore[assignment]
        board=SimpleNamespace(picture=SimpleNamespace(rotate=rotate))
    )
    stage.window.adopt("turned", across, down, 2)
    width, height = stage.window.size
    place = (width // 2 - across + 9, height // 2 - down + 13)
    assert stage.window.dot_at(place) == (4, 6)
    assert stage.beam_at(place) == dot
    assert stage.beam_at((-1, 0)) is None


def test_the_keyboard_and_its_release(session: Session) -> None:
    inputs = session.machine.inputs
    key(pygame.K_d)
    key(pygame.K_LSHIFT)
    session.step()
    assert (inputs["key.d"], inputs["key.shift"], inputs["key.s"]) == (True, True, False)
    hit(session, "tab")
    assert session.menu.page.title == "Ports"
    assert (inputs["key.d"], inputs["key.shift"]) == (False, False)
    hit(session, "tab")
    hit(session, "scroll lock")
    assert session.message == "Keyboard: hotkeys"
    hit(session, "x")
    assert not inputs["key.x"]
    hit(session, "scroll lock")
    key(pygame.K_x)
    session.step()
    assert inputs["key.x"]


def test_text_is_pasted_from_the_clipboard(session: Session, tmp_path: Path) -> None:
    machine = session.machine
    recorder = Recorder(machine)
    pygame.scrap.put_text("Add 1!?\r\n" * 40 + "€")
    key(pygame.K_LSHIFT)
    hit(session, "insert")
    assert session.message == "Typing 280 characters, 41 without a key left out"
    down: list[str] = []
    for _ in range(280 * 4 + 40 * 2 + 10):
        session.step()
        held = [n for n, value in machine.inputs.items() if n.startswith("key.") and value]
        down += ["+".join(held)] if held and (not down or down[-1] != "+".join(held)) else []
    line = ["key.shift+key.a", "key.d", "key.space", "key.1", "key.shift+key.1", "key.enter"]
    assert down == line * 40
    recorder.save(tmp_path / "recording")
    go(session, "Paste text")
    pygame.scrap.put_text("")
    hit(session, "return")
    assert session.message == "Nothing to paste"


def test_the_menu_shows_and_rebinds_what_moves(session: Session, tmp_path: Path) -> None:
    go(session, "Inputs …", "Paddle")
    labels = {item.label: item.value for item in session.menu.items}
    assert labels["Paddle"] == "Pad 1 LS across, Mouse X"
    assert labels["Paddle: left"] == "Left, Pad 1 Left"
    assert labels["Gun"] == "Pad 1 LS, Mouse"
    assert labels["Mouse sensitivity"] == "100 %"
    hit(session, "return", "x")
    assert session.controls.inputs["paddle"] == ["pad1 leftx", "mouse x"]  # no key moves it
    hit(session, "return")
    mouse(session, 1, 2)
    assert session.menu.waiting is not None
    mouse(session, 1, -9)
    assert session.menu.page.title == "Mouse Y is used by Ball Y"
    session.menu.page.chosen = 1
    hit(session, "return")
    assert session.controls.inputs["paddle"] == ["pad1 leftx", "mouse y"]
    lines = [item.label for item in session.menu.items]
    session.menu.page.chosen = lines.index("Mouse sensitivity")
    hit(session, "right")
    session.menu.page.chosen = lines.index("Keyboard …")
    hit(session, "return")
    labels = {item.label: item.value for item in session.menu.items}
    assert (labels["Hash"], labels["Enter"]) == ("Not set", "Enter")
    assert labels["Keyboard is"] == "The machine's"
    session.menu.page.chosen = [item.label for item in session.menu.items].index("Hash")
    hit(session, "return", "p")  # no question, though Pause has it
    assert session.controls.inputs["key.hash"] == ["p"]
    hit(session, "tab", "p")
    assert not session.player.paused
    kept = settings.load(tmp_path / "settings.toml")
    assert kept["input", "mouse"] == 110
    assert kept.controls["inputs"] == {"paddle": ["pad1 leftx", "mouse y"], "key.hash": ["p"]}
    kept.set_up(session.machine)
    assert kept.problems == []


def test_reset_gives_all_their_defaults(session: Session) -> None:
    for name, control in (("paddle", "mouse y"), ("a", "k"), ("paddle-", "j")):
        next(b for b in bindings.every(session) if b.name == name).bind([control])
    go(session, "Inputs …", "Reset to defaults")
    hit(session, "return")
    inputs = session.controls.inputs
    assert inputs["paddle"] == ["pad1 leftx", "mouse x"]
    assert (inputs["a"], inputs["paddle-"]) == (["left ctrl", "pad1 a"], ["left", "pad1 dpleft"])


def test_a_machine_without_a_keyboard(tmp_path: Path) -> None:
    """Has no hotkeys for one: their keys are free for what somebody had bound before."""
    path = tmp_path / "settings.toml"
    path.write_text('[actions]\npause = ["scroll lock"]\n')
    session = open_session(cabinet_of_ports(tmp_path), tmp_path, settings.load(path))
    hit(session, "scroll lock")
    assert session.message == "Paused"
    assert session.hands.paste("x") == "No keyboard to paste into"
    assert not {"keyboard", "paste"} & session.controls.actions.keys()
    assert session.stage.window._mouse == (False, False)
    labels = [item.label for item in pages.main_page(session).items()]
    assert "Paste text" not in labels
    session.close()
