"""Thistledown on its board: played by scripts, judged by its variables and its picture."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from cabinet import BLOOM, BURST, CELLS, FREE, SPINES, SPRITES, STALK, Cabinet, program

import emucore.reference.engine
from emucore.assembler import Program
from emucore.base.errors import UserError
from emucore.cpus.z80 import z80
from machines.arcade.invaders.sync import FRAME
from machines.gym import MachineEnv
from roms_test import games
from roms_test.games.gardener import SPRITE, STATE, Gardener


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet()


def test_fits_the_sockets() -> None:
    assert all(s.end <= games.ROM_SIZE or s.address >= 0x2000 for s in program().segments)
    symbols = program().symbols
    # the interrupts' vectors are 8 bytes apart
    assert symbols["mid_screen"] == 0x08
    assert symbols["vertical_blank"] == 0x10
    assert symbols["gardeners_end"] < 0x2300, "no room left for the stack"


def test_the_stack_has_room(cabinet: Cabinet) -> None:
    """After a demonstration and a game, nothing has come near the variables."""
    end = cabinet.symbols["gardeners_end"]
    cabinet.run(1400)
    cabinet.begin()
    for _ in range(1500):
        cabinet.play()
    untouched = bytes(cabinet.ram[end - 0x2000 : 0x400 - 96])
    assert not any(untouched)


# -- the attract mode ------------------------------------------------------------------------------


def test_title(cabinet: Cabinet) -> None:
    cabinet.until("INSERT COIN", 60)
    assert "CREDIT 00" in cabinet.page()
    assert "EXTRA MOWER AT 1500" in cabinet.page()
    screen = cabinet.machine.screen
    assert screen.shape == (256, 224, 3)
    assert screen[40:56].any(axis=2).sum() > 500, "its name, in letters of 16 pixels"
    assert "10 POINTS" not in cabinet.page()
    cabinet.until("WHO KNOWS", 300)
    for points in (10, 20, 30):
        cabinet.until(f"-  {points} POINTS", 200)  # no wisp before it


def test_switches_on_the_title() -> None:
    cabinet = Cabinet(bonus="1000", coin_info="off")
    cabinet.run(60)
    assert "EXTRA MOWER AT 1000" in cabinet.page()
    assert "2 PLAYERS" not in cabinet.page()
    cabinet = Cabinet()
    cabinet.run(60)
    assert "2 PLAYERS  2 COINS" in cabinet.page()


def test_wisps_leave_the_title_as_it_was(cabinet: Cabinet) -> None:
    """All is drawn by exclusive or: with the wisps gone, the picture is that without them."""
    while not cabinet.word("prompt") or "WHO KNOWS" not in cabinet.page():
        cabinet.put("spawn_timer", 255)
        cabinet.run(1)
    cabinet.run(1)
    cabinet.put("page_time", 0, 9)
    empty = cabinet.video()
    cabinet.put("spawn_timer", 0)
    cabinet.run(500)
    assert cabinet.video() != empty
    assert len(cabinet.wisps()) >= 3
    cabinet.empty_air()
    for _ in range(70):
        cabinet.put("spawn_timer", 255)
        cabinet.run(1)
        if cabinet.video() == empty:
            return
    raise AssertionError("something was left on the screen")


def test_attract_mode_goes_round(cabinet: Cabinet) -> None:
    """Title, demonstration, gardeners, title: in silence, and without a point for the robot."""
    cabinet.until("WHO KNOWS", 300)
    while not cabinet.byte("demo"):
        cabinet.run(1)
    mowers, loudest, hits = set(), 0, 0
    while cabinet.byte("demo"):
        cabinet.run(1)
        mowers.add(cabinet.byte("mower"))
        loudest = max(loudest, int(abs(cabinet.machine.frame_sound).max()))
        hits += len(list(cabinet.records("wisps", 10, BURST)))
    assert len(mowers) > 20, "the robot steers"
    assert hits > 10, "the robot shoots"
    assert loudest == 0
    assert cabinet.score == 0
    cabinet.until("FEN", 30)
    assert "1 IVY 001000" in cabinet.page()
    assert "*" not in cabinet.page()
    cabinet.until("THE HILL IS IN SEED...", 450)


def test_a_coin_ends_the_demonstration(cabinet: Cabinet) -> None:
    while not cabinet.byte("demo"):
        cabinet.run(10)
    cabinet.run(100)
    assert cabinet.byte("demo")
    cabinet.machine.press("coin")
    cabinet.run(4)
    cabinet.machine.press("coin", False)
    assert abs(cabinet.hear(6)).max() > 1000, "a coin is heard at any time"
    cabinet.until("PRESS START", 60)
    assert "CREDIT 01" in cabinet.page()
    cabinet.run(1200)
    assert not cabinet.byte("demo"), "who has paid sees the title"
    cabinet.tap("start1")
    cabinet.until("PLAYER 1", 30)


def test_coins_and_start(cabinet: Cabinet) -> None:
    cabinet.run(20)
    cabinet.tap("start1")
    assert not cabinet.byte("playing"), "not without a coin"
    cabinet.tap("coin")
    assert "CREDIT 01" in cabinet.page()
    cabinet.tap("start2")
    assert not cabinet.byte("playing"), "two must pay two"
    cabinet.until("PRESS START", 80)
    for _ in range(10):
        cabinet.tap("coin")
    assert "CREDIT 11" in cabinet.page()
    cabinet.tap("start2")
    cabinet.until("PLAYER 1", 30)
    assert "CREDIT 09" in cabinet.page()
    assert cabinet.lives == 3


# -- the mower and its shot ------------------------------------------------------------------------


def test_steering_and_shot(cabinet: Cabinet) -> None:
    cabinet.begin()
    left = cabinet.byte("mower")
    cabinet.tap("right", 10)
    assert cabinet.byte("mower") > left
    cabinet.machine.press("left")
    cabinet.run(150)
    assert cabinet.byte("mower") == 0, "no further than the edge"
    cabinet.machine.press("left", False)
    cabinet.machine.press("fire")
    cabinet.run(2)
    assert cabinet.byte("sounds", 1) > 0, "the shot's sound"
    low = cabinet.byte("shot", 1)
    cabinet.run(5)
    assert cabinet.byte("shot", 1) == low + 25
    shown = cabinet.byte("shot", 5)  # which the beam has still to pass
    cabinet.run(1)
    above = 256 - shown
    assert cabinet.machine.screen[above - 8 : above, 6].any(axis=1).sum() == 5


def test_mowing(cabinet: Cabinet) -> None:
    cabinet.begin()
    cell = (cabinet.byte("mower") + 13) // 8 + 2
    cabinet.put("weeds", 3, at=cell)
    cabinet.put("spawn_timer", 255)
    cabinet.machine.press("right")
    cabinet.run(15)
    assert cabinet.byte("mower") + 13 <= 8 * cell, "it is in the way"
    cabinet.run(30)
    assert cabinet.byte("weeds", cell) == 0
    assert cabinet.score == 15
    assert cabinet.byte("mower") + 13 > 8 * cell


def shoot_at_wisp(cabinet: Cabinet, kind: str) -> int:
    """Points for a wisp of *kind* just above a shot."""
    cabinet.empty_air()
    cabinet.wisp(100, 120, kind)
    cabinet.sprite("shot", 104, 112, "shot_shape")
    before = cabinet.score
    cabinet.run(4)
    assert list(cabinet.records("wisps", 10, BURST))
    cabinet.run(20)
    assert not list(cabinet.records("wisps", 10, BURST)), "it fades away"
    return cabinet.score - before


def test_points_and_chain(cabinet: Cabinet) -> None:
    cabinet.begin()
    assert [shoot_at_wisp(cabinet, kind) for kind in ("down", "key", "burr")] == [10, 20, 30]
    assert "X" not in cabinet.text(0)
    assert shoot_at_wisp(cabinet, "down") == 10
    assert "X2" in cabinet.text(0)
    assert shoot_at_wisp(cabinet, "down") == 20
    cabinet.put("chain", 11)
    assert shoot_at_wisp(cabinet, "burr") == 90
    assert [shoot_at_wisp(cabinet, "burr") for _ in range(3)] == [120, 120, 120]
    assert "X4" in cabinet.text(0)
    cabinet.sprite("shot", 10, 200, "shot_shape")
    cabinet.run(8)
    assert cabinet.byte("chain") == 0, "a miss ends it"
    assert "X" not in cabinet.text(0)
    assert shoot_at_wisp(cabinet, "down") == 10


def test_a_wisp_on_the_mower(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.empty_air()
    cabinet.wisp(cabinet.byte("mower"), 31)
    cabinet.run(8)
    assert cabinet.byte("wreck_timer") > 60
    pictures = set()
    for _ in range(40):
        cabinet.run(1)
        pictures.add(cabinet.machine.screen[216:, cabinet.byte("mower") :][:, :13].tobytes())
    assert len(pictures) >= 2, "it flies to pieces"
    cabinet.until("PLAYER 1", 60)
    assert cabinet.lives == 2


def test_tilt(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.tap("tilt")
    cabinet.until("TILT", 5)
    cabinet.until("INSERT COIN", 200)


# -- spines and hornets ----------------------------------------------------------------------------


def spine(cabinet: Cabinet, x: int, y: int) -> None:
    cabinet.empty_air()
    cabinet.sprite("spines", x, y, "spine_1")


def test_spines_sting(cabinet: Cabinet) -> None:
    cabinet.begin()
    spine(cabinet, cabinet.byte("mower") + 5, 60)
    cabinet.run(20)
    assert cabinet.byte("wreck_timer")


def test_spines_miss(cabinet: Cabinet) -> None:
    cabinet.begin()
    spine(cabinet, cabinet.byte("mower") + 14, 60)
    cabinet.run(30)
    assert not cabinet.byte("wreck_timer")
    assert not list(cabinet.records("spines", SPINES, 1))


def test_stalks_catch_spines(cabinet: Cabinet) -> None:
    cabinet.begin()
    for height, left in ((1, 1), (STALK, 1), (BLOOM, 3)):
        cabinet.put("frame", 1)  # nothing grows for some frames
        cabinet.put("weeds", height, at=4)
        spine(cabinet, 34, 37)
        while list(cabinet.records("spines", SPINES, 1)):
            cabinet.run(1)
        assert cabinet.byte("weeds", 4) == left


def test_shots_break_spines(cabinet: Cabinet) -> None:
    cabinet.begin()
    spine(cabinet, 50, 150)
    cabinet.sprite("shot", 51, 130, "shot_shape")
    cabinet.put("chain", 3)
    cabinet.run(6)
    assert not list(cabinet.records("spines", SPINES, 1))
    assert cabinet.byte("shot", 3) == 0
    assert cabinet.byte("chain") == 3
    assert cabinet.score == 0


def test_spines_from_the_second_wave_on(cabinet: Cabinet) -> None:
    cabinet.begin()
    seen = []
    for wave in (1, 2, 3, 5):
        cabinet.put("wave", wave)
        cabinet.put("level", wave - 1)
        cabinet.empty_air()
        cabinet.put("spine_timer", 0)
        most = 0
        for number in range(6):
            cabinet.wisp(20, 200, number=number)
        for _ in range(200):
            cabinet.put("spine_timer", min(5, cabinet.byte("spine_timer")))
            cabinet.run(1)
            most = max(most, len(list(cabinet.records("spines", SPINES, 1))))
        seen.append(most)
    assert seen == [0, 1, 2, 3]


def hornet(cabinet: Cabinet) -> None:
    """A hornet on its way, with nothing else about."""
    cabinet.empty_air()
    cabinet.put("hornet_timer", 1, 0)
    cabinet.run(5)
    assert list(cabinet.records("hornet", 1, 1))


@pytest.mark.parametrize(("shots", "points"), [(0, 100), (1, 50), (7, 300), (15, 200), (16, 100)])
def test_hornet(cabinet: Cabinet, shots: int, points: int) -> None:
    cabinet.begin()
    hornet(cabinet)
    assert cabinet.byte("sounds", 0) > 0
    pictures = set()
    for _ in range(30):
        cabinet.run(1)
        pictures.add(cabinet.word("hornet", 2))
    assert len(pictures) == 2, "it beats its wings"
    cabinet.put("shots", shots)
    cabinet.sprite("shot", cabinet.byte("hornet") + 7, 195, "shot_shape")
    cabinet.run(2)
    assert cabinet.score == points
    assert cabinet.byte("sounds", 0) == 0
    assert cabinet.byte("sounds", 12) > 40
    assert cabinet.text(24).split() == [str(points)]
    cabinet.run(70)
    assert not cabinet.text(24).split()
    assert cabinet.byte("hornet", STATE) == FREE


def test_a_hornet_flies_on(cabinet: Cabinet) -> None:
    cabinet.begin()
    hornet(cabinet)
    path = []
    while cabinet.byte("hornet", STATE):
        cabinet.put("spawn_timer", 255)
        path.append(cabinet.byte("hornet"))
        cabinet.run(1)
    steps = {b - a for a, b in pairwise(path)}
    assert steps in ({1}, {-1})
    assert len(path) > 190
    assert cabinet.word("hornet_timer") > 600


def test_hornets_sting(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put("level", 2)
    hornet(cabinet)
    while not list(cabinet.records("spines", SPINES, 1)):
        cabinet.put("spawn_timer", 255)
        cabinet.put("spine_timer", 255)
        cabinet.run(1)
    middle = next(cabinet.records("spines", SPINES, 1))[0] + 1
    assert abs(middle - (cabinet.byte("mower") + 6)) <= 3


# -- the garden and the waves ----------------------------------------------------------------------


def test_landing_takes_root(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.empty_air()
    cabinet.wisp(20, 30)
    cabinet.run(60)
    assert cabinet.byte("weeds", 3) == 1


def test_blooms_seed(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put("weeds", *[0] * 8, *[BLOOM] * 20)
    for _ in range(40):
        cabinet.put("spawn_timer", 255)
        cabinet.run(1)
    grown = [cabinet.byte("weeds", cell) for cell in range(CELLS)]
    assert 1 in grown
    assert all(x + 9 <= 8 * CELLS for x, _ in cabinet.wisps())
    assert grown.count(1) == len([at for at in cabinet.wisps() if at[1] < 100])


def test_an_overgrown_garden_costs_a_mower(cabinet: Cabinet) -> None:
    cabinet.begin()
    for cell in (22, 23):
        assert not cabinet.byte("wreck_timer")
        cabinet.empty_air()
        cabinet.put("weeds", *[1] * cell, *[0] * (CELLS - cell))
        cabinet.wisp(8 * cell, 26)
        cabinet.run(10)
        assert cabinet.byte("weeds", cell) == 1 or cell == 23
    cabinet.until("OVERGROWN!", 10)
    cabinet.until("PLAYER 1", 100)
    assert cabinet.lives == 2
    assert [cabinet.byte("weeds", cell) for cell in range(24)] == [0, 1] * 12


def test_a_tidy_garden_pays(cabinet: Cabinet) -> None:
    cabinet.begin()
    for cell in (2, 3, 20):
        cabinet.put("weeds", 1, at=cell)
    cabinet.empty_air(stock=0)
    cabinet.until("A TIDY GARDEN BLOOMS", 60)
    assert cabinet.score == 5
    cabinet.until("WAVE  02", 200)
    assert cabinet.score == 5 * (CELLS - 3)
    cabinet.until("LIGHT BREEZES", 5)
    assert cabinet.byte("stock") == 18


def drawn(cabinet: Cabinet) -> npt.NDArray[np.uint8]:
    """The picture between ground and hill as sprites and weeds should have made it."""
    image, picture = program().image(0), np.zeros((8 * CELLS, 32), np.uint8)
    for cell in range(CELLS):
        for row in (0, 1):
            at = cabinet.symbols["weed_tiles"] + 4 * cabinet.byte("weeds", cell) + 2 * row
            tile = int.from_bytes(image[at : at + 2], "little")
            picture[8 * cell : 8 * cell + 8, 3 + row] ^= np.frombuffer(image, np.uint8)[tile:][:8]
    for at in range(0, SPRITES * SPRITE, SPRITE):
        x, y, shape = (cabinet.byte("sprites", at + i) for i in (4, 5, 6))
        shape |= cabinet.byte("sprites", at + 7) << 8
        for column in range(image[shape] if shape else 0):
            bits = image[shape + 3 + column] << y % 8
            picture[x + column, y // 8] ^= bits & 0xFF
            picture[x + column, y // 8 + 1] ^= bits >> 8
    return picture[:, 3:27]


def test_what_is_drawn_is_taken_away(cabinet: Cabinet) -> None:
    """The picture is that of all records, whatever has passed over what meanwhile."""
    machine, compared = cabinet.machine, 0
    cabinet.start()
    while cabinet.wave < 4:
        cabinet.play()
        cabinet.put("lives", 3)
        if machine.frame % 10:
            continue
        machine.run_until(machine.frame * FRAME + FRAME * 4 // 5)
        said = cabinet.byte("tag_timer") or cabinet.byte("lull") > 40 or "WAVE" in cabinet.page()
        if machine.arena["cpu.halted"][0] and not said:  # it waits: nothing is half done
            shown = np.frombuffer(cabinet.video(), np.uint8).reshape(-1, 32)[:, 3:27]
            assert (shown == drawn(cabinet)).all()
            compared += 1
    assert compared > 200


def test_waves_get_harder(cabinet: Cabinet) -> None:
    """Speed, start height, how many at a time: each is more in later waves, none is less."""
    cabinet.begin()
    seen = []
    for level in (0, 4, 8, 12):
        cabinet.put("level", level)
        cabinet.empty_air(stock=200)
        cabinet.put("spawn_timer", 0)
        cabinet.run(2)
        haste = cabinet.byte("haste")
        dive = cabinet.byte("wisps", 13) & 0x7F
        for _ in range(120):
            cabinet.put("spawn_timer", 0)
            cabinet.run(1)
        seen.append((haste, dive, cabinet.byte("air")))
    assert all(
        a < b for one, two in pairwise(seen) for a, b in list(zip(one, two, strict=True))[:2]
    )
    assert [air for *_, air in seen] == [4, 6, 8, 10]


def test_the_last_ones_hurry(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.empty_air(stock=40)
    cabinet.run(1)
    many = cabinet.byte("haste")
    cabinet.put("stock", 2)
    cabinet.run(1)
    assert cabinet.byte("haste") > many


def test_weather(cabinet: Cabinet) -> None:
    """Four kinds of waves; in a gale all is blown about, to either side, and stays in sight."""
    for wave, name in ((2, "LIGHT BREEZES"), (3, "HOT AND PRICKLY"), (4, "GALES"), (5, "STILL")):
        cabinet = Cabinet()
        cabinet.begin()
        cabinet.put("wave", wave - 1)
        cabinet.empty_air(stock=0)
        cabinet.until(f"WAVE  {wave:02}", 300)
        cabinet.until(name, 5)
        while "WAVE" in cabinet.page():
            cabinet.run(1)
        winds = set()
        for _ in range(260):
            cabinet.run(1)
            winds.add(cabinet.byte("wind"))
            assert all(x < 8 * CELLS - 8 for x, _ in cabinet.wisps())
        assert winds == ({1, 255} if name == "GALES" else {0})


def test_the_99th_wave_is_the_last(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put("wave", 99)
    cabinet.empty_air(stock=0)
    cabinet.until("WAVE  99", 300)


# -- lives and turns -------------------------------------------------------------------------------


@pytest.mark.parametrize("bonus", ["1000", "1500"])
def test_extra_life(bonus: str) -> None:
    cabinet = Cabinet(bonus=bonus)
    cabinet.begin()
    cabinet.put_score(int(bonus) - 20)
    assert shoot_at_wisp(cabinet, "down") == 10
    assert cabinet.lives == 3
    assert shoot_at_wisp(cabinet, "down") == 10
    assert cabinet.lives == 4
    assert cabinet.text(0).strip().startswith("4")
    cabinet.put_score(int(bonus) + 8000)
    shoot_at_wisp(cabinet, "down")
    assert cabinet.lives == 4, "once"


def test_lives_switch() -> None:
    cabinet = Cabinet(lives="5")
    cabinet.begin()
    assert cabinet.lives == 5


def test_crash_passes_the_turn(cabinet: Cabinet) -> None:
    cabinet.begin("start2", coins=2)
    cabinet.put("score", 0x50)
    cabinet.put("weeds", 3, at=2)
    cabinet.lose()
    cabinet.until("PLAYER 2", 20)
    assert cabinet.lives == 3
    assert cabinet.score == 0
    assert cabinet.byte("weeds", 2) == 0
    assert cabinet.text(30).split() == ["000050", "001000", "000000"]
    cabinet.until("WAVE", 10)
    cabinet.run(120)
    cabinet.lose()
    cabinet.until("PLAYER 1", 20)
    assert cabinet.lives == 2
    assert cabinet.score == 50
    assert cabinet.byte("weeds", 2) >= 3


def test_two_players_to_the_end(cabinet: Cabinet) -> None:
    """Who is out is passed over; the first one's score ends where it belongs."""
    cabinet.begin("start2", coins=2)
    cabinet.put_score(120)
    cabinet.put("lives", 1)
    cabinet.lose()
    cabinet.until("GAME  OVER", 5)
    assert "PLAYER 1" in cabinet.page()
    for _ in range(3):
        cabinet.until("PLAYER 2", 200)
        cabinet.run(100)
        cabinet.put_score(90)
        cabinet.lose()
    cabinet.until("INSERT COIN", 250)
    assert cabinet.text(30).split() == ["000120", "001000", "000090"]


def test_a_table_turns_its_picture() -> None:
    cabinet = Cabinet(cabinet="cocktail")
    cabinet.begin("start2", coins=2)
    flip = cabinet.machine.arena["raster.flip"]
    assert flip[0] == 0
    cabinet.lose()
    cabinet.until("PLAYER 2", 20)
    cabinet.run(130)
    assert flip[0] == 1
    upright = Cabinet()
    upright.begin("start2", coins=2)
    upright.lose()
    upright.until("PLAYER 2", 20)
    upright.run(130)
    assert upright.byte("flipped") == 0
    # each player's own buttons
    left = cabinet.byte("mower")
    cabinet.tap("right")
    assert cabinet.byte("mower") == left
    cabinet.tap("right2")
    assert cabinet.byte("mower") > left
    left = upright.byte("mower")
    upright.tap("right")
    assert upright.byte("mower") > left
    cabinet.lose()
    cabinet.until("PLAYER 1", 20)
    cabinet.run(4)
    assert flip[0] == 0


def test_sprites_are_never_seen_half_drawn() -> None:
    """What the beam has shown of the mower is the whole of it, in either position of a table.

    The mower crosses the screen; of its picture, in the frame that the beam drew, no column is
    missing.
    """
    for player in (1, 2):
        cabinet = Cabinet(cabinet="cocktail")
        cabinet.begin("start2", coins=2)
        if player == 2:
            cabinet.lose()
            cabinet.until("PLAYER 2", 20)
            cabinet.until("WAVE", 10)
            cabinet.run(120)
        suffix = "2" if player == 2 else ""
        whole = None
        for button in ("left", "right"):
            cabinet.machine.press(button + suffix)
            for _ in range(105):
                cabinet.empty_air()
                cabinet.run(1)
                screen = cabinet.machine.screen
                if player == 2:
                    screen = screen[::-1, ::-1]
                pixels = int(screen[224:232].any(axis=2).sum())
                whole = whole or pixels
                assert pixels == whole
            cabinet.machine.press(button + suffix, False)


# -- the gardeners ---------------------------------------------------------------------------------


def end_game(cabinet: Cabinet, score: int) -> None:
    """The game is over with *score*."""
    cabinet.put_score(score)
    cabinet.put("lives", 1)
    cabinet.lose()
    cabinet.until("GAME  OVER", 5)


def choose(cabinet: Cabinet, letter: str) -> None:
    """Choose a letter, by the shorter way, and take it."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ.- <"
    ahead = (alphabet.index(letter) - cabinet.byte("letter")) % len(alphabet)
    button = "right" if ahead < 15 else "left"
    while alphabet[cabinet.byte("letter")] != letter:
        cabinet.tap(button, 2)
    cabinet.tap("fire", 2)


def enter(cabinet: Cabinet, letters: str, shown: str) -> None:
    """End with a good score: enter a name, until the table is shown as far as *shown*."""
    cabinet.until("YOUR NAME ON THE GATE", 200)
    for letter in letters:
        choose(cabinet, letter)
    cabinet.until(shown, 60)
    cabinet.run(5)


def test_a_good_score_is_entered(cabinet: Cabinet) -> None:
    cabinet.begin()
    end_game(cabinet, 730)
    enter(cabinet, "EM<VA", "BUD")
    places = [cabinet.text(row).split() for row in range(20, 10, -2)]
    assert places == [
        ["1", "IVY", "001000"],
        ["2", "FLO", "000800"],
        ["*3", "EVA", "000730"],
        ["4", "ASH", "000600"],
        ["5", "BUD", "000400"],
    ]
    # it is there after the next game, and gone when the board was off
    cabinet.until("INSERT COIN", 400)
    cabinet.begin()
    end_game(cabinet, 100)
    cabinet.until("INSERT COIN", 300)
    assert cabinet.byte("new_entry") == 0
    assert bytes(cabinet.ram[0x200:0x21E]).count(b"EVA") == 1
    cabinet.machine.restart()
    cabinet.run(60)
    assert bytes(cabinet.ram[0x200:0x21E]).count(b"EVA") == 0
    assert cabinet.bcd("best") == 1000


def test_the_best_score(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put_score(990)
    assert shoot_at_wisp(cabinet, "burr") == 30
    assert cabinet.text(30).split() == ["001020", "001020", "000000"]
    end_game(cabinet, 1020)
    enter(cabinet, "A-.", "BUD")
    assert cabinet.text(20).split() == ["*1", "A-.", "001020"]
    assert "FEN" not in cabinet.page()


def test_the_last_place_needs_more_points(cabinet: Cabinet) -> None:
    cabinet.begin()
    end_game(cabinet, 200)
    cabinet.until("INSERT COIN", 250)
    assert b"FEN" in bytes(cabinet.ram[0x200:0x21E])
    cabinet.begin()
    end_game(cabinet, 205)
    enter(cabinet, "ZED", "ZED 0")
    assert cabinet.text(12).split() == ["*5", "ZED", "000205"]


def test_who_enters_no_name_is_not_waited_for(cabinet: Cabinet) -> None:
    cabinet.begin()
    end_game(cabinet, 500)
    cabinet.until("YOUR NAME ON THE GATE", 200)
    cabinet.run(1800)
    cabinet.until("INSERT COIN", 300)
    assert cabinet.ram[0x212:0x218].tobytes() == b"\x00\x05\x00   "


# -- engines ---------------------------------------------------------------------------------------


def test_a_player_who_does_nothing_loses(cabinet: Cabinet) -> None:
    cabinet.begin()
    cabinet.put("lives", 1)
    for _ in range(3000):
        if cabinet.wisps():  # they come down on the mower
            cabinet.put("wisps", cabinet.byte("mower"))
        cabinet.run(1)
        if "GAME  OVER" in cabinet.page():
            break
    assert cabinet.lives == 0
    cabinet.until("INSERT COIN", 200)
    assert cabinet.byte("playing") == 0


def test_the_gardener_plays_the_first_wave(cabinet: Cabinet) -> None:
    cabinet.start()
    while cabinet.lives and cabinet.wave < 2:
        cabinet.play()
    assert cabinet.lives
    assert cabinet.score >= 300
    cabinet.until(f"{cabinet.score:06}", 20)


def test_a_learner_is_rewarded(cabinet: Cabinet) -> None:
    """An episode of the Gymnasium environment is a game; its rewards are the score."""
    cabinet.begin()
    env = MachineEnv(
        cabinet.machine,
        buttons=("left", "right", "fire"),
        reward=lambda machine: Gardener(machine).score,
        over=lambda machine: not Gardener(machine).lives,
        skip=2,
    )
    env.reset()
    player, total, over = Gardener(env.machine), 0.0, False
    while not over:
        mower, goal = player.byte("mower") + 6, player.goal()
        buttons = [goal < mower - 1, goal > mower + 1, env.machine.frame % 4 < 2]
        _, reward, over, _, _ = env.step(np.array(buttons, np.int8))
        total += reward
    assert total == player.score > 200


def test_a_z80_in_the_socket() -> None:
    cabinet = Cabinet(isa=z80)
    cabinet.start()
    while cabinet.lives and cabinet.wave < 2:
        cabinet.play()
    assert cabinet.lives
    assert cabinet.score >= 300


def test_same_inputs_same_game_on_every_engine() -> None:
    def play(engine: str) -> tuple[int, str]:
        cabinet = Cabinet(engine)
        cabinet.start()
        while cabinet.lives and cabinet.wave < 2:
            cabinet.play()
        return cabinet.score, cabinet.machine.state_sha256()

    first = play("interp")
    assert play("interp") == first
    assert play("jit") == first


def test_the_reference_agrees() -> None:
    """The reference, in the midst of a fight, as long as there is patience for it."""
    fast, slow = Cabinet(), Cabinet()
    for cabinet in (fast, slow):
        cabinet.start()
        for _ in range(300):
            cabinet.play()
    assert isinstance(slow.machine.use("reference"), emucore.reference.engine.ReferenceEngine)
    for _ in range(3):
        fast.play()
        slow.play()
        assert fast.machine.state_sha256() == slow.machine.state_sha256()


def test_watchdog_is_content(cabinet: Cabinet) -> None:
    """1,000 frames, more than the watchdog waits: the clock was never cleared by a reset."""
    cabinet.run(1000)
    assert cabinet.word("clock") >= 999


# -- the ROM ---------------------------------------------------------------------------------------


def test_rom_comes_from_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    first = games.rom()
    assert len(first) == games.ROM_SIZE

    def refuse(name: str) -> Program:
        raise AssertionError(f"{name} is assembled again")

    monkeypatch.setattr(games, "program", refuse)
    assert games.rom() == first


def test_rom_without_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("EMUCORE_CACHE", str(file))
    assert games.rom() == program().image(0)[: games.ROM_SIZE].ljust(games.ROM_SIZE, b"\xff")


def test_unknown_game() -> None:
    with pytest.raises(UserError, match="thistledown"):
        games.rom("../thistledown")
