"""Devices: their records, and that Python and compiled code understand them alike."""

from __future__ import annotations

import ctypes
import importlib.util
import random
import struct
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emucore.board import Board, BoardError
from emucore.device import (
    NEVER,
    Device,
    Record,
    array,
    as_python,
    due,
    integer,
    out,
    real,
    shared,
)
from emucore.machine import Machine
from jit.devices.compile import device_modules
from jit.llvm.native import Loaded, compile_modules
from jit.store.fingerprint import fingerprint

SCALE = 7
RATIO = 0.375
STEPS = (3, -5, 11)
SINE = np.array([0, 49, 90, 117, 127, -117, -90, -49], np.int8)
GAMMA = np.array([[0, 200], [255, 7]], np.uint8)
WAVE = np.array([0.5, -0.25, 1e300])


@shared
def mixed(a: int, b: int) -> int:
    """A helper, with a helper."""
    return scaled(a) - b


@shared
def scaled(a: int) -> int:
    return a * SCALE


@shared
def bump(everything: Everything, by: int) -> None:
    """A helper that changes the record it is given."""
    everything.count += by


class Everything(Device):
    """A field of each kind, and functions that use all that device functions may use."""

    count: int = integer(-3)
    level: float = real(1.5)
    due: int = due()
    irq: int = out()
    u1 = array("u1", 8)
    i1 = array("i1", 8)
    u2 = array("u2", 8)
    i2 = array("i2", 8)
    u4 = array("u4", 8)
    i4 = array("i4", 8)
    i8 = array("i8", 8)
    f8 = array("f8", 8)
    plane = array("u1", 3, 8)
    deep = array("i2", 2, 3, 4)

    def differences(self, offset: int, time: int) -> int:
        """Of neighbours, which are negative as often as not; shifted, divided, compared."""
        i = offset & 7
        j = (offset + 1) & 7
        total = (self.u1[i] - self.u1[j]) >> 1
        total = total * 3 + (self.u2[i] - self.u2[j]) // 4
        total = total * 3 + (self.u4[i] - self.u4[j]) % 1000
        total = total * 3 + (self.i1[i] * self.i1[j]) + (-self.u1[i])
        total = total * 3 + (~self.u2[j]) + (self.i2[i] << 3)
        if self.u1[i] - self.u1[j] < 0:
            total -= 1000
        if self.u4[i] - 1 < self.i4[j]:
            total += 77
        ram = self.u1
        return total + min(ram[i] - ram[j], self.i8[i] >> 40)

    def store(self, offset: int, value: int, time: int) -> None:
        """Into elements of every width, masked as they must be."""
        i = offset & 7
        self.u1[i] = value & 0xFF
        self.i1[i] = (value & 0xFF) - 128
        self.u2[i] = value >> 3 & 0xFFFF
        self.i2[i] = (value >> 5 & 0xFFFF) - 0x8000
        self.u4[i] = value & 0xFFFFFFFF
        self.i4[i] = (value >> 1 & 0xFFFFFFFF) - 0x80000000
        self.i8[i] = -value
        self.f8[i] = value * RATIO
        self.plane[offset % 3, i] = value >> 2 & 0xFF
        self.plane[i % 3, 1] ^= 0x55
        self.deep[1, offset % 3, i & 3] = self.i2[i]
        self.u1[(i + 1) & 7] |= 0x10
        self.i2[(i + 1) & 7] //= 3

    def constants(self, offset: int, time: int) -> int:
        """Module constants: numbers, tuples, tables of one and two dimensions."""
        i = offset & 7
        wave = WAVE[i % 3]
        total = SINE[i] * SCALE + GAMMA[i & 1, i >> 1 & 1] - GAMMA[1, 1]
        total += STEPS[2] + (SINE[i] - GAMMA[0, 1]) // 2
        if wave < 0.0:
            total = -total
        return total

    def helpers(self, offset: int, time: int) -> int:
        """Shared functions, one within another, and one that changes the record."""
        bump(self, mixed(offset, self.u1[offset & 7]))
        return mixed(self.count, offset)

    def floats(self, offset: int, value: int, time: int) -> None:
        """Doubles: kept exactly, made ints towards zero."""
        i = offset & 7
        self.level = self.level * RATIO + value / 3 - self.f8[i]
        self.f8[i] = self.level / 2
        if -1e15 < self.level < 1e15:
            self.count = int(self.level)

    def loops(self, offset: int, time: int) -> bool:
        """``for`` with steps, ``while``, ``break`` and ``continue``."""
        total = 0
        for i in range(7, -1, -2):
            if self.u1[i] & 1:
                continue
            total += self.u1[i] * i
        n = offset
        while n > 0:
            n = n // 3 - 1
            total += 1
            if total > 900:
                break
        self.count += total
        return total % 2 == 0

    def event(self, time: int) -> None:
        """Times."""
        self.irq = time if self.irq == NEVER else NEVER
        self.due = time + SCALE


# -- records --------------------------------------------------------------------------------------


def test_the_record_s_layout() -> None:
    """Scalars first, eight bytes each; arrays in order behind them, each on a 16-byte boundary."""
    dtype = Everything().dtype()
    assert dtype.names is not None
    assert dtype.names[:4] == ("count", "level", "due", "irq")
    assert [dtype.fields[n][1] for n in dtype.names[:4]] == [0, 8, 16, 24]  # type: ignore[index]
    places = [dtype.fields[n][1] for n in dtype.names[4:]]  # type: ignore[index]
    assert places == [32, 48, 64, 80, 96, 128, 160, 224, 288, 320]
    assert dtype.itemsize == 368
    assert dtype["deep"].shape == (2, 3, 4)
    assert dtype["u4"].base == np.dtype("<u4")
    assert Device().dtype().itemsize == 16


def test_initial_values() -> None:
    assert Everything().initial["count"] == -3
    device = Everything(count=9, level=2.0)
    assert (device.initial["count"], device.initial["level"]) == (9, 2.0)
    assert device.initial["irq"] == device.initial["due"] == NEVER
    with pytest.raises(TypeError, match="Everything has no field nothing, x"):
        Everything(x=1, nothing=2)


def test_devices_inherit_fields_and_functions() -> None:
    class More(Everything):
        extra: int = integer(4)

        def event(self, time: int) -> None:
            self.extra = time

        def _private(self) -> None: ...

    assert list(More.fields) == [*Everything.fields, "extra"]
    assert More.functions["store"] is Everything.functions["store"]
    assert More.functions["event"] is not Everything.functions["event"]
    assert set(More.functions) == {*Everything.functions, "_private"}
    assert "extra" not in Everything.fields


def record() -> Record:
    return Record(memoryview(bytearray(16 + Everything.dtype().itemsize)), 16, Everything)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("count", -(2**63), 2**63 - 1),
        *((f"u{n}", 0, 256**n - 1) for n in (1, 2, 4)),
        *((f"i{n}", -(256**n) // 2, 256**n // 2 - 1) for n in (1, 2, 4, 8)),
    ],
)
def test_values_that_do_not_fit_raise(name: str, low: int, high: int) -> None:
    """In the reference, so that what compiled code would cut off does not go unseen."""
    target: Any = record()

    def put(value: float) -> None:
        if name == "count":
            target.count = value
        else:
            getattr(target, name)[5] = value

    def get() -> int:
        return int(target.count if name == "count" else getattr(target, name)[5])

    for value in (low, high, 0, 1):
        put(value)
        assert get() == value
    for value in (low - 1, high + 1):
        with pytest.raises((ValueError, OverflowError, struct.error)):
            put(value)
    with pytest.raises(TypeError):
        put(1.5)
    assert get() == 1


def test_other_mistakes_with_fields_raise() -> None:
    target: Any = record()
    with pytest.raises(AttributeError):
        target.u1 = 5
    with pytest.raises((AttributeError, KeyError)):
        target.nothing = 5
    with pytest.raises(AttributeError, match="nothing"):
        print(target.nothing)
    with pytest.raises(IndexError):
        target.u1[8] = 1
    with pytest.raises(IndexError):
        print(target.plane[3, 0])


def test_boards_name_what_a_device_lacks() -> None:
    board = Board("test", "test", 1)
    device = board.device("device", Everything())
    with pytest.raises(BoardError, match="Everything has no line count"):
        board.call_host(device, "count")
    with pytest.raises(BoardError, match="two devices device"):
        board.device("device", Everything())
    machine = Machine(board)
    assert int(machine.arena["device.count"][0]) == -3
    assert machine.arena["device.plane"].shape == (3, 8)


# -- compiled -------------------------------------------------------------------------------------


class Twin:
    """One record for Python and one for compiled code; :meth:`call` calls a function on both."""

    names = list(Everything.functions)

    def __init__(self, loaded: Loaded, rng: random.Random) -> None:
        self.dtype = Everything().dtype()
        self.memory = bytearray(self.dtype.itemsize)
        self.python = Record(memoryview(self.memory), 0, Everything)
        for spec_name, spec in Everything.fields.items():
            view: Any = getattr(self.python, spec_name)
            if len(spec.shape) == 1 and spec.code != "f8":
                for i in range(spec.shape[0]):
                    view[i] = int.from_bytes(
                        rng.randbytes(int(spec.code[1])), "little", signed=spec.code[0] == "i"
                    )
        self.native = (ctypes.c_uint8 * len(self.memory)).from_buffer_copy(self.memory)
        self.loaded = loaded

    def call(self, name: str, offset: int, value: int, time: int) -> None:
        function = as_python(Everything.functions[name])
        count = function.__code__.co_argcount
        args = {4: (offset, value, time), 3: (offset, time), 2: (time,)}[count]
        expected = function(self.python, *args)
        word = ctypes.c_int64
        prototype = ctypes.CFUNCTYPE(word, ctypes.c_void_p, word, word, word)
        call = prototype(self.loaded.address(f"device_{self.names.index(name)}"))
        got = call(ctypes.addressof(self.native), offset, value, time)
        assert got == (0 if expected is None else int(expected))
        python, native = (
            np.frombuffer(m, self.dtype)[0] for m in (bytes(self.memory), bytes(self.native))
        )
        for field in self.dtype.names or ():
            np.testing.assert_array_equal(native[field], python[field], f"{field} after {name}")


@pytest.fixture(scope="module")
def compiled() -> Loaded:
    device = Everything()
    return Loaded(compile_modules(device_modules([(device, n) for n in device.functions])))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_python_and_compiled_code_agree(compiled: Loaded, seed: int) -> None:
    """Results, and every field after every call."""
    rng = random.Random(seed)
    twin = Twin(compiled, rng)
    for _ in range(30):
        name = rng.choice(Twin.names)
        value = rng.choice([rng.getrandbits(8), rng.getrandbits(32), -rng.getrandbits(20)])
        twin.call(name, rng.randrange(64), value, rng.getrandbits(40))


def test_negative_differences_of_unsigned_elements(compiled: Loaded) -> None:
    """The case that numba's own rules get wrong, by itself."""
    twin = Twin(compiled, random.Random(0))
    for view in (twin.python.u1, twin.python.u2, twin.python.u4):
        view[0], view[1] = 1, 2
    twin.native = (ctypes.c_uint8 * len(twin.memory)).from_buffer_copy(twin.memory)
    twin.call("differences", 0, 0, 0)


def test_a_function_that_returns_no_int_is_refused() -> None:
    class Odd(Device):
        level: float = real()

        def read(self, offset: int, time: int) -> float:
            return self.level

    with pytest.raises(TypeError, match=r"Odd\.read returns float64"):
        device_modules([(Odd(), "read")])


# -- fingerprints ---------------------------------------------------------------------------------

SOURCE = """
from math import floor
import numpy as np
import settings
from emucore.device import Device, integer, shared

LIMIT = 10
TABLE = np.array([1, 2, 3], np.uint8)

@shared
def inner(a):
    return a + LIMIT

@shared
def outer(a, b=4):
    return inner(a) * b

def make(step):
    class Local(Device):
        value: int = integer()

        def write(self, offset, value, time):
            self.value = step
    return Local

class Chip(Device):
    value: int = integer()

    def write(self, offset, value, time):
        if value in (1, 2):
            self.value = outer(value) + TABLE[offset] + settings.DEPTH
        else:
            self.value = floor(value / 2.5)

    def other(self, offset, value, time):
        self.value = time

Local = make(3)
"""


def load(path: Path, source: str, depth: int = 1) -> ModuleType:
    """The module of *source* at *path*, whose module ``settings`` has the given DEPTH."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    settings_module = ModuleType("settings")
    settings_module.DEPTH = depth  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "settings", settings_module)
        spec.loader.exec_module(module)
    return module


def print_of(module: ModuleType, function: str = "write") -> str:
    return fingerprint(module.Chip.functions[function])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 10", "LIMIT = 11"),
        ("LIMIT = 10", "LIMIT = 10.0"),
        ("[1, 2, 3]", "[1, 2, 4]"),
        ("np.uint8", "np.int8"),
        ("a + LIMIT", "a - LIMIT"),
        ("inner(a) * b", "inner(b) * a"),
        ("b=4", "b=5"),
        ("self.value = outer", "self.value = 1 + outer"),
        ("(1, 2)", "(1, 3)"),
        ("2.5", "2.0"),
        ("from math import floor", "from math import ceil as floor"),
    ],
)
def test_a_fingerprint_changes_with_all_it_uses(tmp_path: Path, old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    before = load(tmp_path / "chip.py", SOURCE)
    after = load(tmp_path / "changed.py", SOURCE.replace(old, new))
    assert print_of(before) != print_of(after)
    assert print_of(before, "other") == print_of(after, "other")


def test_a_fingerprint_changes_with_another_module_s_constant(tmp_path: Path) -> None:
    prints = {print_of(load(tmp_path / "chip.py", SOURCE, depth)) for depth in (1, 2, 3)}
    assert len(prints) == 3


def test_a_fingerprint_changes_with_a_closure(tmp_path: Path) -> None:
    a = load(tmp_path / "chip.py", SOURCE)
    b = load(tmp_path / "chip2.py", SOURCE.replace("make(3)", "make(4)"))
    assert fingerprint(a.Local.functions["write"]) != fingerprint(b.Local.functions["write"])


def test_a_fingerprint_does_not_change_otherwise(tmp_path: Path) -> None:
    """Not with the file's place, not with lines above, not by running the function."""
    first = load(tmp_path / "chip.py", SOURCE)
    moved = load(tmp_path / "elsewhere" / "chip.py", "# a comment\n\n" + SOURCE)
    unrelated = load(tmp_path / "other.py", SOURCE + "\nUNRELATED = 5\n")
    before = print_of(first)
    target = Record(memoryview(bytearray(first.Chip.dtype().itemsize)), 0, first.Chip)
    for i in range(2000):  # Python specialises what runs often
        first.Chip.functions["write"](target, i % 3, i, 0)
    assert print_of(first) == print_of(moved) == print_of(unrelated) == before
