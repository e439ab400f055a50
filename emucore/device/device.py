"""Devices: chips as records of the arena and plain functions over them.

    class ShiftRegister(Device):
        data: int = integer()
        count: int = integer()

        def result(self, offset: int, time: int) -> int:            # a read handler
            return self.data >> (8 - self.count) & 0xFF

        def load(self, offset: int, value: int, time: int) -> None:  # a write handler
            self.data = value << 8 | self.data >> 8

``self`` is the device's record: the reference engine runs these functions as they stand, the
compiled engines have numba compile the very same ones.  So they use ints, floats, ``if``,
``while``, ``for i in range``, fields, module-level constants and functions marked :func:`shared`.
Scalars are 64-bit signed ints or doubles in every engine; elements of arrays are as narrow as
declared, and a value that does not fit must be masked before it is stored.

A function that indexes beyond an array ends there, having done what comes before; what it would
have returned is 0, and the run ends with :class:`emucore.machine.MachineFault`, in every engine.
Other mistakes (a value that does not fit, a division by 0, a shift by less than 0) raise in the
reference engine alone: compiled code does not look for them.

Times are ticks of the machine's master clock.  A device may declare

* ``due: int = due()`` and ``def event(self, time)``: called when the clock has reached ``due``
  (with exactly that time), after ``due`` was set to NEVER;
* ``irq: int = line()``: an output line, holding the time it was asserted, or NEVER.  It may be one
  that is yet to come (a timer's): whoever is wired to it heeds it then, to the cycle, without an
  event.  Withdrawn or moved before its time, it was never asserted then; of several sources of
  one input the earliest counts; an edge is latched at its time, and stays if it is withdrawn later;
* ``wait: int = integer()``: CPU cycles that its last access made the CPU wait;
* ``def catch_up(self, time)``: called at the end of every run, to bring picture or sound up to it;
* ``def valid(self, time) -> bool``: whether a machine at *time* may have such a record.  It judges
  what comes from a file, and is never compiled.  Beyond what :mod:`emucore.history.validate` checks
  of every device, it must refuse whatever would make the other functions run without end, index
  outside an array, shift by less than 0 or more than 63, or store what does not fit.

A *fixed* scalar is a part of the board that functions only read (a resistor, a period): it belongs
to the description and not to the state, so no file brings it.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from emucore.base.former import Former
from emucore.language.registers import NEVER

__all__ = ["NEVER", "Device", "Shared", "array", "due", "integer", "line", "real", "shared"]


@dataclass(frozen=True)
class Spec:
    """One field of a device's record: element type (numpy code), shape, initial value, role.

    Roles are ``line``, ``due``, ``fixed`` and ``content`` (:mod:`emucore.board.slot`).
    """

    code: str
    shape: tuple[int, ...] = ()
    init: float = 0
    role: str = ""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the field, shape included."""
        return np.dtype((np.dtype(self.code).newbyteorder("<"), self.shape))


def integer(init: int = 0, *, fixed: bool = False) -> Any:
    """A 64-bit signed int."""
    return Spec("i8", (), init, "fixed" if fixed else "")


def real(init: float = 0.0, *, fixed: bool = False) -> Any:
    """A double."""
    return Spec("f8", (), init, "fixed" if fixed else "")


def array(code: str, *shape: int) -> Any:
    """An array of numpy type *code* (``u1 i1 u2 i2 u4 i4 i8 f8``), zero at power-on."""
    return Spec(code, shape)


def line() -> Any:
    """An output line: the time it is asserted from, NEVER while it is not."""
    return Spec("i8", (), NEVER, "line")


def due() -> Any:
    """The time of the device's next event, NEVER for none."""
    return Spec("i8", (), NEVER, "due")


class Shared:
    """A function that device functions may call, in every engine."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)


def shared(function: Callable[..., Any]) -> Any:
    """Let device functions call *function* (see :class:`Shared`)."""
    return Shared(function)


def with_globals(function: Callable[..., Any], changed: Mapping[str, Any]) -> Any:
    """*function* with other values for some of the globals it uses."""
    if not changed:
        return function
    names = {**function.__globals__, **changed}
    return types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )


@cache
def as_python(function: Callable[..., Any]) -> Any:
    """A device function for the reference engine: numbers of tables are Python's.

    Numpy's own would overflow at the width of the table.
    """
    changed: dict[str, Any] = {}
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, Shared):
            changed[name] = as_python(value.function)
        elif isinstance(value, np.ndarray):
            changed[name] = value.data  # a memoryview
    return with_globals(function, changed)


class Device:
    """Base of devices.  An instance is a device *description* in a board, with its initial values.

    Keyword arguments override initial values of scalar fields.
    """

    #: What became of fields of earlier versions; see :mod:`emucore.history.former`.
    former: ClassVar[Former] = {}
    fields: ClassVar[Mapping[str, Spec]] = {}
    functions: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init_subclass__(cls) -> None:
        own = {n: s for n, s in vars(cls).items() if isinstance(s, Spec)}
        cls.fields = {**cls.fields, **own}
        found = {n: f for n, f in vars(cls).items() if inspect.isfunction(f) and n[0] != "_"}
        cls.functions = {**cls.functions, **found}

    def __init__(self, **initial: float) -> None:
        unknown = set(initial) - set(self.fields)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        self.initial = {n: initial.get(n, s.init) for n, s in self.fields.items()}
        self.name = ""

    def dtype(self) -> np.dtype[Any]:
        """The record: scalars first, every array on a 16-byte boundary."""
        names, formats, offsets = [], [], []
        at = 0
        for name, spec in sorted(self.fields.items(), key=lambda item: bool(item[1].shape)):
            align = 16 if spec.shape else 8
            at = -(-at // align) * align
            names.append(name)
            formats.append(spec.dtype)
            offsets.append(at)
            at += spec.dtype.itemsize
        layout = {"names": names, "formats": formats, "offsets": offsets}
        return np.dtype({**layout, "itemsize": max(16, -(-at // 16) * 16)})  # type: ignore[no-any-return, call-overload]


class Record:
    """A device's record as Python sees it: attributes are ints, floats, or arrays of them.

    Storing an int that does not fit raises, so that what numba would truncate shows.
    """

    __slots__ = ("_views",)

    def __init__(self, memory: memoryview, base: int, dtype: np.dtype[Any]) -> None:
        views: dict[str, tuple[memoryview, bool]] = {}
        for name in dtype.names or ():
            field, at = dtype.fields[name][:2]  # type: ignore[index]
            element, shape = field.subdtype or (field, ())
            code = _CODES[element.str[1:]]
            raw = memory[base + at : base + at + field.itemsize]
            view = raw.cast(code)  # type: ignore[call-overload]
            views[name] = (view if len(shape) < 2 else raw.cast(code, shape), bool(shape))  # type: ignore[call-overload]
        object.__setattr__(self, "_views", views)

    def __getattr__(self, name: str) -> Any:
        try:
            view, whole = self._views[name]
        except KeyError:
            raise AttributeError(name) from None
        return view if whole else view[0]

    def __setattr__(self, name: str, value: Any) -> None:
        view, whole = self._views[name]
        if whole:
            raise AttributeError(f"assign to elements of {name}")
        view[0] = value


_CODES = {
    "u1": "B",
    "i1": "b",
    "u2": "H",
    "i2": "h",
    "u4": "I",
    "i4": "i",
    "u8": "Q",
    "i8": "q",
    "f4": "f",
    "f8": "d",
}
