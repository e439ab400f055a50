"""The Midway 8080 board: raster, interrupts, ports, picture."""

from __future__ import annotations

import random

import numpy as np
import pytest

from emucore.cpus.i8080 import i8080
from emucore.cpus.z80 import z80
from emucore.isa import Isa
from emucore.machine import Machine
from machines.arcade.invaders.board import PALETTE, make_board
from machines.arcade.invaders.sync import FRAME, LINE

CYCLE = 10  # ticks
BLACK, WHITE, RED, GREEN = PALETTE


def machine(*pieces: tuple[int, str], isa: Isa = i8080) -> Machine:
    """The board with bytes (in hexadecimal) at addresses of its ROM."""
    rom = bytearray(0x2000)
    for at, text in pieces:
        code = bytes.fromhex(text)
        rom[at : at + len(code)] = code
    made = Machine(make_board(isa), {"rom": bytes(rom)})
    made.use("reference")
    return made


IDLE = (0, "76")  # hlt with interrupts off


def ask(code: str, cycles: int = 100, **pressed: bool) -> int:
    """What a program of a few bytes leaves in A."""
    board = machine((0, code + "76"))
    for name, down in pressed.items():
        board.press(name, down)
    board.run_until(cycles * CYCLE)
    return board.cpus["cpu"]["a"]


# -- raster and interrupts -----------------------------------------------------------------------


def test_interrupts_at_their_raster_positions() -> None:
    """Line 96 and 224 of 262 lines of 128 cycles: cycles 12,288 and 28,672 of 33,536."""
    # ei; hlt; the handlers count in B and C
    board = machine((0, "31 00 24 fb 76 c3 03 00"), (0x08, "04 c9"), (0x10, "0c c9"))
    registers = board.cpus["cpu"]
    seen = []
    before = (0, 0)
    for cycle in range(0, 2 * 33_536, 4):
        board.run_until(cycle * CYCLE)
        now = registers["b"], registers["c"]
        if now != before:
            seen.append((now[0] - before[0], now[1] - before[1], cycle))
            before = now
    # the halted CPU looks every 4 cycles, then RST takes 11, and INR is begun
    assert [s[:2] for s in seen] == [(1, 0), (0, 1)] * 2
    for (_, _, cycle), expected in zip(seen, (12_288, 28_672, 45_824, 62_208), strict=True):
        assert expected + 12 <= cycle <= expected + 20
    assert board.board.frame_ticks == 33_536 * CYCLE
    assert board.board.clock_hz / board.board.frame_ticks == pytest.approx(59.54, abs=0.005)


def test_the_line_rises_at_the_exact_tick_and_waits_for_the_acknowledge() -> None:
    board = machine((0, "f3 c3 01 00"))
    irq = board.arena["raster.interrupts.irq"]
    board.run_until(12_270 * CYCLE)
    assert irq == (1 << 63) - 1
    board.run_until(12_288 * CYCLE + 1)
    assert irq == 12_288 * CYCLE
    board.run_until(28_700 * CYCLE)
    assert irq == 12_288 * CYCLE  # a flip-flop that is set stays set


@pytest.mark.parametrize(("line", "vector"), [(0, 0xCF), (31, 0xCF), (32, 0xD7), (95, 0xD7)])
def test_the_vector_is_the_counter_at_the_time_of_the_acknowledge(line: int, vector: int) -> None:
    """64V: set for counts 0x40-0x7F (lines 32-95) and 0xC0-0xFF (160-223, and 224 on)."""
    board = machine(IDLE)
    acknowledge = board.board.devices["raster"].interrupts.functions["acknowledge"]

    class Record:
        irq = 0

    assert acknowledge(Record, 0, line * LINE) == vector
    assert acknowledge(Record, 0, line * LINE + FRAME) == vector
    assert acknowledge(Record, 0, (line + 128) * LINE) == vector
    assert acknowledge(Record, 0, 224 * LINE) == 0xD7


# -- shift register and watchdog ------------------------------------------------------------------


def test_shift_register() -> None:
    rng = random.Random(1)
    for _ in range(12):
        old, new, count = rng.randrange(256), rng.randrange(256), rng.randrange(8)
        code = f"3e{old:02x}d304 3e{new:02x}d304 3e{count:02x}d302 db03"
        assert ask(code) == (new << 8 | old) << count >> 8 & 0xFF


def test_shift_register_ports_are_mirrored() -> None:
    assert ask("3ea5 d30c 3e00 d3fa db07") == 0xA5


def test_watchdog_resets_after_255_blanks() -> None:
    """inr b; out 6 unless told not to; loop.  B counts starts."""
    board = machine((0, "04 c3 01 00"))
    board.use("interp")  # ten seconds of the board
    registers = board.cpus["cpu"]
    last = 254 * FRAME + 224 * LINE
    board.run_until(last)
    assert registers["b"] == 1
    board.run_until(last + 100 * CYCLE)
    assert registers["b"] == 2
    board.run_until(last + 255 * FRAME)
    assert registers["b"] == 2


def test_watchdog_is_cleared_by_port_6() -> None:
    board = machine((0, "04 c3 01 00"))
    watchdog = board.board.devices["watchdog"]
    registers = board.cpus["cpu"]
    from emucore.device import Record

    record = Record(board.arena.memory, board.layout.fields["watchdog"].offset, type(watchdog))
    kicked = 100 * FRAME + 5
    watchdog.functions["clear"](record, 0, 0, kicked)
    assert record.due == (100 + 254) * FRAME + 224 * LINE
    watchdog.functions["clear"](record, 0, 0, 225 * LINE)
    assert record.due == 255 * FRAME + 224 * LINE
    program = machine((0, "04 d306 c3 01 00"))
    program.run_until(300 * CYCLE)
    assert program.arena["watchdog.due"] == 254 * FRAME + 224 * LINE
    assert registers["b"] == 0


# -- controls ------------------------------------------------------------------------------------


def test_inputs() -> None:
    assert ask("db01") == 0x09  # idle: coin switch open, bit 3 pulled up
    assert ask("db01", coin=True) == 0x08
    assert ask("db01", start1=True) == 0x0D
    assert ask("db01", start2=True) == 0x0B
    for name, bit in (("fire", 0x10), ("left", 0x20), ("right", 0x40)):
        assert ask("db01", **{name: True}) == 0x09 | bit
        assert ask("db02", **{name: True}) == bit  # the upright has one set of controls
        assert ask("db02", **{name + "2": True}) == 0
    assert ask("db02", tilt=True) == 0x04
    assert ask("db05") == 0x09  # a mirror of port 1


@pytest.mark.parametrize(
    ("switch", "setting", "value"),
    [
        ("lives", "3", 0),
        ("lives", "4", 1),
        ("lives", "5", 2),
        ("lives", "6", 3),
        ("bonus", "1000", 8),
        ("coin_info", "off", 0x80),
    ],
)
def test_dip_switches(switch: str, setting: str, value: int) -> None:
    board = machine((0, "db02 76"))
    board.set_switch(switch, setting)
    board.run_until(100 * CYCLE)
    assert board.cpus["cpu"]["a"] == value


def test_cocktail_cabinet_has_two_sets_of_controls() -> None:
    board = machine((0, "db01 47 db02 76"))
    board.set_switch("cabinet", "cocktail")
    board.press("left")
    board.press("fire2")
    board.run_until(100 * CYCLE)
    assert (board.cpus["cpu"]["b"], board.cpus["cpu"]["a"]) == (0x29, 0x10)


# -- memory --------------------------------------------------------------------------------------


def test_memory_mirrors() -> None:
    # mvi a,5a; sta 6005 (RAM mirror); lda e005; mov b,a; sta 0000 (ROM); lda 8000
    board = machine((0, "3e5a 320560 3a05e0 47 320000 3a0080 76"))
    board.run_until(200 * CYCLE)
    assert board.arena["ram"][5] == 0x5A
    assert board.cpus["cpu"]["b"] == 0x5A
    assert board.cpus["cpu"]["a"] == 0x3E


def test_second_bank_of_sockets() -> None:
    rom = bytes.fromhex("3a0140 47 3a0160 76").ljust(0x2000, b"\0") + bytes([1, 2, 3])
    board = Machine(make_board(i8080), {"rom": rom})
    board.use("reference")
    board.run_until(100 * CYCLE)
    assert board.cpus["cpu"]["b"] == 2


# -- picture -------------------------------------------------------------------------------------


def test_picture_is_turned_and_tinted() -> None:
    board = machine(IDLE)
    ram = board.arena["ram"]
    rng = np.random.default_rng(1)
    ram[0x400:] = rng.integers(0, 256, 0x1C00)
    board.run_frames(1)
    lines = np.unpackbits(ram[0x400:].reshape(224, 32), axis=1, bitorder="little")
    upright = np.rot90(lines)
    assert board.screen.shape == (256, 224, 3)
    assert np.array_equal(board.screen.any(axis=2), upright.astype(bool))

    def colours(top: int, bottom: int, left: int, right: int) -> set[tuple[int, ...]]:
        part = board.screen[top:bottom, left:right].reshape(-1, 3)
        return {tuple(int(c) for c in pixel) for pixel in np.unique(part, axis=0)}

    assert colours(0, 32, 0, 224) == {BLACK, WHITE}
    assert colours(32, 64, 0, 224) == {BLACK, RED}
    assert colours(64, 184, 0, 224) == {BLACK, WHITE}
    assert colours(184, 240, 0, 224) == {BLACK, GREEN}
    assert colours(240, 256, 0, 16) == {BLACK, WHITE}
    assert colours(240, 256, 16, 134) == {BLACK, GREEN}
    assert colours(240, 256, 134, 224) == {BLACK, WHITE}


def test_first_byte_is_bottom_left() -> None:
    board = machine(IDLE)
    board.arena["ram"][0x400] = 0x01
    board.arena["ram"][0x400 + 33] = 0x80
    board.run_frames(1)
    lit = {(int(y), int(x)) for y, x in np.argwhere(board.screen.any(axis=2))}
    assert lit == {(255, 0), (255 - 15, 1)}


def test_flip_only_in_the_cocktail_cabinet() -> None:
    for cabinet, flipped in (("upright", False), ("cocktail", True)):
        board = machine((0, "3e20 d305 76"))
        board.set_switch("cabinet", cabinet)
        rng = np.random.default_rng(2)
        board.arena["ram"][0x400:] = rng.integers(0, 256, 0x1C00)
        board.run_frames(1)
        lines = np.unpackbits(board.arena["ram"][0x400:].reshape(224, 32), axis=1)
        lines = lines.reshape(224, 32, 8)[:, :, ::-1].reshape(224, 256)
        shown = board.arena["raster.pixels"] != 0
        wanted = lines[::-1, ::-1] if flipped else lines
        assert np.array_equal(shown[1:], wanted[1:].astype(bool))  # the flip comes in line 0


def test_a_write_shows_from_where_the_beam_is() -> None:
    """A program that fills a column with FF while the beam passes changes only what is to come."""
    # lxi h,2400; lxi d,0020; mvi m,ff; dad d; jmp 6: 30 cycles a line, while the beam takes 128
    board = machine((0, "210024 112000 36ff 19 c30600"))
    ram = board.arena["ram"]
    board.run_until(FRAME // 8)
    shown = board.arena["raster.pixels"]
    # the first write is at cycle 20 + 8, when the beam has read bytes 0..2 of line 0
    assert not shown[0, :8].any()
    assert shown[1:30, :8].all()
    assert ram[0x400] == 0xFF
    board.run_until(FRAME + LINE)
    assert shown[0, :8].all()  # what came too late is in the next picture
    late = machine((0, f"210024 112000 06{64:02x} 05 c20800 36ff 19 c30c00"))
    late.run_until(FRAME // 8)
    # row r is written at cycle 995 + 30 r; the beam reads it at 2 + 128 r: earlier up to row 10
    column = late.arena["raster.pixels"][:30, 0]
    assert not column[:11].any()
    assert column[11:].all()


def test_the_same_in_pieces() -> None:
    code = (
        (0, "31 00 24 fb 21 00 24 34 23 7c fe 40 c2 07 00 d3 06 c3 04 00"),
        (0x08, "fb c9"),
        (0x10, "fb c9"),
    )
    whole, pieces = machine(*code), machine(*code)
    whole.run_until(2 * FRAME)
    rng = random.Random(3)
    for time in sorted(rng.randrange(2 * FRAME) for _ in range(40)):
        pieces.run_until(time)
    pieces.run_until(2 * FRAME)
    assert whole.state_sha256() == pieces.state_sha256()
    assert whole.screen.any()


def test_a_z80_in_the_socket() -> None:
    """Its interrupt mode 0 takes the board's RST opcodes, and its ports are the 8080's."""
    program = "31 00 24 3e 21 d3 04 3e 03 d3 02 db 03 57 fb 76 c3 2e 00"
    board = machine((0, "c3 20 00"), (0x08, "04 c9"), (0x10, "0c c9"), (0x20, program), isa=z80)
    board.run_frames(1)
    registers = board.cpus["cpu"]
    assert registers["d"] == 0x21 << 3 & 0xFF
    assert (registers["b"], registers["c"]) == (1, 1)
