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

A device is made of devices: ``chip: Ay8910 = part(Ay8910)`` is a record within its record.
Functions call functions of the device's own and of its parts: ``self.draw(time)``,
``self.chip.step(time)``; so may others that say by an annotation whose record they are given.

Times are ticks of the machine's master clock.  A device may declare

* ``due: int = due()`` and ``def event(self, time)``: called when the clock has reached ``due``
  (with exactly that time), after ``due`` was set to NEVER;
* ``irq: int = out()``: an output line, holding the time it was asserted, or NEVER.  It may be one
  that is yet to come (a timer's): whoever is wired to it heeds it then, to the cycle, without an
  event.  Withdrawn or moved before its time, it was never asserted then; of several sources of
  one input the earliest counts (open collectors on one wire); an edge is latched at its time, and
  stays if it is withdrawn later;
* ``a12: int = into(rises="on_a12")``: an input line, and what its edges call;
* ``port: int = out(8)``, ``latch: int = into(8, changes="on_latch")``: the same for numbers;
* ``chr: int = bus(14)``: an address space that the device reads and writes;
* ``left: Any = audio(15)``: a sound output, see below;
* ``wants: int = wants()``: when it takes cycles from a CPU;
* ``ends: int = frame_end(FRAME)``: when the video's frame is over;
* ``drawn: int = drawn()``: whether anybody looks at the present frame;
* ``def catch_up(self, time)``: called at the end of every run and frame, to bring picture or sound
  up to it;
* ``def valid(self, time) -> bool``: whether a machine at *time* may have such a record.  It judges
  what comes from a file, and is never compiled.  Beyond what :mod:`emucore.history.validate`
  checks of every device, it must refuse whatever would make the other functions run without end,
  index outside an array, shift by less than 0 or more than 63, or store what does not fit.

**Sound.**  A chip tells how its level changes, and when; what is silent costs nothing.  It need not
be called at each change: that it makes up for what is past when somebody touches it, and in
``catch_up``, will do.  This one is a square wave of level 0 to 15:

    class Tone(Device):
        half: int = integer()                         # ticks, 0: silent
        next: int = integer()                         # when it turns
        high: int = integer()
        out: Any = audio(full=15)

        def catch_up(self, time: int) -> None:
            while self.half and self.next < time:
                self.out.step(self.next, -15 if self.high else 15)
                self.high ^= 1
                self.next += self.half

        def set_half(self, offset: int, value: int, time: int) -> None:
            self.catch_up(time)                       # first what was
            self.half = value
            self.next = time + value

The board says who hears it, how loud, where, and through which filters::

    board.mixer(48_000, Source(tone, "out", gain=0.5, pan=-1.0), Source(...), high_pass=20)

``step(time, change)`` is for whoever knows by how much; ``put(time, level)`` for whoever has a new
level (a DAC, a sum of voices, samples at a rate of their own): the same level again is nothing.
Numbers are whole ones, or exact in binary, where all is to add up to nothing in the end.  Steps go
backwards in time no further than to the last end of a frame or run, and no further ahead than 80
ms.  A level is not read back: what a chip must know of it is its state.  After a state is loaded,
what stood at a level is silence, and the speaker's high-pass lets its next steps settle around 0.

A *fixed* scalar is a part of the board that functions only read (a resistor, a period): it belongs
to the description and not to the state, so no file brings it.  An *output* is what no part of the
machine can read back, a picture or samples: it is not in the state and its hash either, and all
else must be the same whether it is made or not.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, Protocol

import numpy as np

from emucore.base.former import Former
from emucore.device.fields import Part, Spec


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

    Keyword arguments override initial values of scalar fields.  A part is an attribute: a
    description of its own, which a subclass's ``__init__`` may replace by another of its class.
    """

    #: What became of fields of earlier versions; see :mod:`emucore.history.former`.
    former: ClassVar[Former] = {}
    #: Whether compiled functions end where they go beyond an array; where not, they must not.
    checked: ClassVar[bool] = True
    fields: ClassVar[Mapping[str, Spec]] = {}
    parts: ClassVar[Mapping[str, Part]] = {}
    functions: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    def __init_subclass__(cls) -> None:
        own = vars(cls).items()
        cls.fields = {**cls.fields, **{n: s for n, s in own if isinstance(s, Spec)}}
        cls.parts = {**cls.parts, **{n: p for n, p in own if isinstance(p, Part)}}
        found = {n: f for n, f in own if inspect.isfunction(f) and not n.startswith("__")}
        cls.functions = {**cls.functions, **found}

    def __init__(self, **initial: float) -> None:
        unknown = set(initial) - set(self.fields)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        self.initial = {n: initial.get(n, s.init) for n, s in self.fields.items()}
        #: Its path on the board: a part's is ``whole.part``.
        self.name = ""
        for name, part in self.parts.items():
            setattr(self, name, part.kind(**part.initial))

    def set_name(self, name: str) -> None:
        """The board calls it so, and its parts after it."""
        self.name = name
        for part in self.parts:
            getattr(self, part).set_name(f"{name}.{part}")

    def all_parts(self) -> Iterator[Device]:
        """Itself and its parts, theirs too."""
        yield self
        for part in self.parts:
            yield from getattr(self, part).all_parts()

    @classmethod
    def dtype(cls) -> np.dtype[Any]:
        """The record: scalars first, every array and part on a 16-byte boundary."""
        kind: Any = cls  # hashed as any class is
        return _dtype(kind)

    @classmethod
    def field_offset(cls, name: str) -> int:
        """Where a field or part is in the record, in bytes."""
        fields = cls.dtype().fields
        assert fields is not None
        return int(fields[name][1])


@cache
def _dtype(cls: Any) -> np.dtype[Any]:
    names, formats, offsets = [], [], []
    at = 0
    whole: list[tuple[str, Any, bool]] = [
        *((name, spec.dtype, bool(spec.shape)) for name, spec in cls.fields.items()),
        *((name, part.kind.dtype(), True) for name, part in cls.parts.items()),
    ]
    for name, kind, large in sorted(whole, key=lambda item: item[2]):
        align = 16 if large else 8
        at = -(-at // align) * align
        names.append(name)
        formats.append(kind)
        offsets.append(at)
        at += kind.itemsize
    layout = {"names": names, "formats": formats, "offsets": offsets}
    return np.dtype({**layout, "itemsize": max(16, -(-at // 16) * 16)})  # type: ignore[no-any-return, call-overload]


class Access(Protocol):
    """What a device's bus ports reach memory by: see :mod:`emucore.kernel.ports`."""

    def read(self, space: int, address: int, time: int) -> int:
        """A byte of the space in that row."""

    def write(self, space: int, address: int, value: int, time: int) -> None:
        """Write one."""

    def step(self, at: int, time: int, change: float) -> None:
        """The level of the audio port at that byte rises by *change*."""

    def put(self, at: int, time: int, level: float) -> None:
        """It is *level*."""


class AudioPort:
    """An audio port of a record, as Python sees it."""

    __slots__ = ("_access", "_at")

    def __init__(self, at: int, access: Access) -> None:
        self._at = at
        self._access = access

    def step(self, time: int, change: float) -> None:
        """The level rises by *change* at *time*."""
        self._access.step(self._at, time, change)

    def put(self, time: int, level: float) -> None:
        """It is *level* from *time* on."""
        self._access.put(self._at, time, level)


class Port:
    """A bus port of a record, as Python sees it."""

    __slots__ = ("_access", "_words")

    def __init__(self, words: Any, access: Access) -> None:
        self._words = words
        self._access = access

    def read(self, address: int, time: int) -> int:
        """The byte at *address* at *time*."""
        return self._access.read(self._words[1], address, time)

    def write(self, address: int, value: int, time: int) -> None:
        """Write a byte."""
        self._access.write(self._words[1], address, value, time)


class Record:
    """A device's record as Python sees it: attributes are ints, floats, arrays of them, parts'
    records, and functions of the device's class.

    Storing an int that does not fit raises, so that what numba would truncate shows.
    """

    __slots__ = ("_functions", "_views")

    def __init__(
        self, memory: memoryview, base: int, kind: type[Device], access: Access | None = None
    ) -> None:
        views: dict[str, tuple[Any, bool]] = {}
        for name, spec in kind.fields.items():
            at, size = base + kind.field_offset(name), spec.dtype.itemsize
            raw = memory[at : at + size]
            view: Any = raw.cast(_CODES[spec.code])  # type: ignore[call-overload]
            if len(spec.shape) > 1:
                view = raw.cast(_CODES[spec.code], spec.shape)  # type: ignore[call-overload]
            if spec.role == "bus" and access is not None:
                view = Port(view, access)
            elif spec.role == "audio" and access is not None:
                view = AudioPort(at, access)
            views[name] = view, bool(spec.shape)
        for name, part in kind.parts.items():
            views[name] = Record(memory, base + kind.field_offset(name), part.kind, access), True
        object.__setattr__(self, "_views", views)
        object.__setattr__(self, "_functions", kind.functions)

    def __getattr__(self, name: str) -> Any:
        try:
            view, whole = self._views[name]
        except KeyError:
            pass
        else:
            return view if whole else view[0]
        try:
            return functools.partial(as_python(self._functions[name]), self)
        except KeyError:
            raise AttributeError(name) from None

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
