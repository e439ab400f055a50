"""Programs in a device's memory: what its functions may store to, by whatever way, is no code to
rely on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_jit import eager, engine_of
from test_lockstep import differences

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.device import Device, array, integer, shared
from emucore.machine import Machine
from jit.devices.stores import written
from jit.llvm.native import threaded

__all__ = ["eager"]

TABLE = np.arange(256, dtype=np.int64)
WINDOW = slice(16, 32)
ODD = (1, 2, 3)


class Page(Device):
    """Memory of its own, in one dimension and in two."""

    page = array("u1", 0x100)
    grid = array("u1", 16, 16)
    data: int = integer()


@shared
def fill(bytes_: Any, value: int) -> None:
    """Store to what it is given."""
    bytes_[0] = value


@shared
def page_of(device: Any) -> Any:
    """An array, for whoever asks."""
    return device.page


@shared
def put(device: Any, value: int) -> None:
    """Store to an array of the device."""
    device.page[value & 0xFF] = value


def direct(self: Any, value: int) -> None:
    self.page[1] = value


def augmented(self: Any, value: int) -> None:
    self.page[1] ^= value


def removed(self: Any, value: int) -> None:
    del self.page[1]


def a_slice(self: Any, value: int) -> None:
    self.page[16:32] = value


def a_slice_given_away(self: Any, value: int) -> None:
    fill(self.page[16:], value)


def given_away(self: Any, value: int) -> None:
    fill(self.page, value)


def given_by_name(self: Any, value: int) -> None:
    fill(bytes_=self.page, value=value)


def given_in_a_tuple(self: Any, value: int) -> None:
    fill(*(self.page, value))


def the_device_given_away(self: Any, value: int) -> None:
    put(self, value)


def returned(self: Any, value: int) -> None:
    page_of(self)[3] = value


def another_name(self: Any, value: int) -> None:
    mine = self.page
    mine[3] = value


def two_names(self: Any, value: int) -> None:
    mine = self.page
    other = mine
    other[3] = value


def the_device_by_another_name(self: Any, value: int) -> None:
    me = self
    me.page[3] = value


def a_slice_by_name(self: Any, value: int) -> None:
    mine = self.page[8:]
    mine[3] = value


def a_name_added_to(self: Any, value: int) -> None:
    mine = self.page
    mine += value


def a_slice_of_a_name(self: Any, value: int) -> None:
    mine = self.page
    fill(mine[4:], value)


def either(self: Any, value: int) -> None:
    mine = self.page if value else self.grid[0]
    mine[3] = value


def named_within(self: Any, value: int) -> None:
    if len(mine := self.page) > 3:
        mine[3] = value


def unpacked(self: Any, value: int) -> None:
    mine, _ = self.page, 0
    mine[3] = value


def starred(self: Any, value: int) -> None:
    first, *_rest = [self.page, self.page]
    first[3] = value


def swapped(self: Any, value: int) -> None:
    one, two = self.grid[0], self.page
    one, two = two, one
    one[3] = value


def in_a_loop(self: Any, value: int) -> None:
    for each in (self.page, self.page[4:]):
        each[3] = value


def by_pairs(self: Any, value: int) -> None:
    for _, each in enumerate((self.page,)):
        each[3] = value


def by_method(self: Any, value: int) -> None:
    self.page.fill(value)


def sorted_in_place(self: Any, value: int) -> None:
    self.page.sort()


def seen_otherwise(self: Any, value: int) -> None:
    self.page.reshape(16, 16)[2, 3] = value


def turned(self: Any, value: int) -> None:
    self.page.T[2] = value


def out(self: Any, value: int) -> None:
    np.add(self.page, value, self.page)


def copied_to(self: Any, value: int) -> None:
    np.copyto(self.page, value)


def assigned(self: Any, value: int) -> None:
    self.page = value


def by_name_of_the_field(self: Any, value: int) -> None:
    getattr(self, "page")[3] = value  # noqa: B009


def in_a_function_within(self: Any, value: int) -> None:
    def do(mine: Any) -> None:
        mine[3] = value

    do(self.page)


def by_a_lambda(self: Any, value: int) -> None:
    (lambda mine: mine)(self.page)[3] = value


def a_window(self: Any, value: int) -> None:
    fill(self.page[WINDOW], value)


def a_window_made_here(self: Any, value: int) -> None:
    window = slice(3, 9)
    fill(self.page[window], value)


def everything(self: Any, value: int) -> None:
    fill(self.page[...], value)


def a_new_axis(self: Any, value: int) -> None:
    fill(self.page[None][0], value)


WAYS = [
    direct, augmented, removed, a_slice, a_slice_given_away, given_away, given_by_name,
    given_in_a_tuple, the_device_given_away, returned, another_name, two_names,
    the_device_by_another_name, a_slice_by_name, a_name_added_to, a_slice_of_a_name, either,
    named_within, unpacked, starred, swapped, in_a_loop, by_pairs, by_method, sorted_in_place,
    seen_otherwise, turned, out, copied_to, assigned, by_name_of_the_field, in_a_function_within,
    by_a_lambda, a_window, a_window_made_here, everything, a_new_axis,
]  # fmt: skip


def an_element(self: Any, value: int) -> None:
    self.grid[value >> 4, value & 15] = value


def a_row(self: Any, value: int) -> None:
    self.grid[value & 15][3] = value


def a_row_by_name(self: Any, value: int) -> None:
    row = self.grid[2]
    row[3] = value


def rows(self: Any, value: int) -> None:
    for row in self.grid:
        row[3] = value


GRID_WAYS = [an_element, a_row, a_row_by_name, rows]


def reading(self: Any, value: int) -> Any:
    """An element, here and there; how many there are."""
    mine = self.page
    total = self.page[value & 0xFF] + mine[3] + len(self.page) + self.page.size
    for each in self.page:
        total += each
    return total + self.grid[1, 2] + self.grid[value & 15][3] + TABLE[value] + ODD[1]


def with_functions(*functions: Callable[..., Any]) -> Page:
    """A device that has these functions."""
    kind = type("Made", (Page,), {f.__name__: f for f in functions})
    device = kind()
    assert isinstance(device, Page)
    return device


@pytest.mark.parametrize("way", WAYS, ids=lambda f: f.__name__)
def test_ways_to_store(way: Callable[..., Any]) -> None:
    assert "page" in written(with_functions(way))


@pytest.mark.parametrize("way", GRID_WAYS, ids=lambda f: f.__name__)
def test_ways_to_store_to_rows(way: Callable[..., Any]) -> None:
    assert written(with_functions(way)) == {"grid", "data"}


def test_reading_is_no_store() -> None:
    assert written(with_functions(reading)) == {"data"}


def test_what_has_another_source_is_not_trusted() -> None:
    """A function that is not what its source says may store anywhere."""

    def wrapped(self: Any, value: int) -> None:
        self.page[1] = value

    wrapped.__wrapped__ = reading  # type: ignore[attr-defined]
    wrapped.__name__ = "reading"
    assert written(with_functions(wrapped)) == {"page", "grid", "data"}


# -- programs in such memory ----------------------------------------------------------------------

#: Adds a number that the device changes now and then, by one way or another.
PROGRAM = """
        org 4000h
again:  mvi b,20
more:   lxi d,1
        dad d
        dcr b
        jnz more
        out 0
        inr a
        jmp again
"""


class Sliced(Page):
    """Stores through a slice that it gives away."""

    def write(self, offset: int, value: int, time: int) -> None:
        fill(self.page[3:], value)


def sliced() -> Machine:
    """A machine with :data:`PROGRAM` in a device's array."""
    board = Board("page", "a program in a device", clock_hz=1_000_000)
    cpu = board.cpu("cpu", i8080, pc=0x4000)
    device = board.device("page", Sliced())
    cpu.mem.ram(0x4000, 0x40FF, board.field(device, "page"))
    cpu.mem.ram(0, 0x3FFF, board.ram("ram", 0x4000))
    cpu.io.device(0, 0, device, write="write")
    machine = Machine(board)
    image = assemble(i8080, PROGRAM).image(0x4000)
    machine.arena["page.page"][: len(image)] = list(image)
    return machine


@pytest.mark.usefixtures("eager")
@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
def test_a_program_in_it_is_right() -> None:
    reference, machine = sliced(), sliced()
    engine = engine_of(machine)
    for time in range(700, 14_000, 700):
        machine.run_until(time)
        engine.translate_hot()
        reference.run_until(time)
        assert differences(reference, machine) == [], f"at {time}"
