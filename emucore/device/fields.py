"""What a device's record may have, and what becomes of each: fields, lines, parts, ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emucore.language.registers import NEVER


@dataclass(frozen=True)
class Spec:
    """One field of a record: element type (numpy code), shape, initial value, role.

    Roles: ``out`` and ``into`` are lines, ``value`` and ``told`` numbers that go from chip to chip,
    ``due``, ``wants`` and ``frame`` times, ``bus`` and ``audio`` ports, ``fixed`` belongs to the
    description, ``content`` is what is in a slot (:mod:`emucore.board.slot`), ``output`` is picture
    or sound, ``heard`` what tells of samples on their way to the host, ``drawn`` whether anybody
    looks.  *calls* names the functions that belong to it.
    """

    code: str
    shape: tuple[int, ...] = ()
    init: float = 0
    role: str = ""
    calls: Mapping[str, str] = field(default_factory=dict)
    bits: int = 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the field, shape included."""
        return np.dtype((np.dtype(self.code).newbyteorder("<"), self.shape))


@dataclass(frozen=True)
class Part:
    """A chip on a chip's board: a device within a device."""

    kind: Any  # a class of devices
    initial: Mapping[str, Any]


def integer(
    init: int = 0, *, fixed: bool = False, output: bool = False, heard: bool = False
) -> Any:
    """A 64-bit signed int; one that is *heard* tells of the ring of samples, and stays with it."""
    role = "fixed" if fixed else "output" if output else "heard" if heard else ""
    return Spec("i8", (), init, role)


def real(init: float = 0.0, *, fixed: bool = False, output: bool = False) -> Any:
    """A double."""
    return Spec("f8", (), init, "fixed" if fixed else "output" if output else "")


def array(code: str, *shape: int, output: bool = False) -> Any:
    """An array of numpy type *code* (``u1 i1 u2 i2 u4 i4 i8 f8``), zero at power-on.

    What no part of the machine can read back is *output*: a picture, samples, and what only
    drawing needs.  It is no part of the state and its hash.
    """
    return Spec(code, shape, role="output" if output else "")


def part(kind: type, **initial: Any) -> Any:
    """A device of that class within this one: ``self.NAME`` is its record, two are two fields."""
    return Part(kind, initial)


def out(bits: int = 1) -> Any:
    """An output: a line, which holds the time it is asserted from (NEVER while it is not); or, of
    more bits, a number."""
    if bits == 1:
        return Spec("i8", (), NEVER, "out")
    return Spec("i8", (), 0, "value", bits=bits)


def into(bits: int = 1, *, rises: str = "", falls: str = "", changes: str = "") -> Any:
    """An input: the time from which the line wired to it is asserted, NEVER while it is not; or,
    of more bits, the number.

    ``rises(self, time)`` and ``falls(self, time)`` are called at an edge, at its time, one that is
    ahead too; ``changes(self, offset, value, time)``, offset 0, when another number comes.
    """
    calls = {"rises": rises, "falls": falls, "changes": changes}
    used = {how: name for how, name in calls.items() if name}
    if bits == 1:
        if changes:
            raise TypeError("a line rises and falls; numbers change")
        return Spec("i8", (), NEVER, "into", used)
    if rises or falls:
        raise TypeError("a number has no edges: it changes")
    return Spec("i8", (), 0, "told", used, bits)


def due(calls: str = "event") -> Any:
    """The time of an event, NEVER for none: ``calls(self, time)`` is called then."""
    return Spec("i8", (), NEVER, "due", {"event": calls})


def wants(grant: str = "grant") -> Any:
    """The time from which the device wants cycles of a CPU (:meth:`Board.steal`), NEVER for none.

    ``grant(self, access, writing, time) -> int`` is asked at each access of the CPU from then on:
    how many of its cycles go by before that (0: none, it cannot have this one).  It must move the
    time on.  *access* is the address, and the kind (index of ``ops.KINDS``; ``layout.IDLE`` between
    two instructions that access nothing) from bit ``layout.TAP_KIND`` up.
    """
    return Spec("i8", (), NEVER, "wants", {"grant": grant})


def frame_end(first: int, calls: str = "frame") -> Any:
    """The time at which the present frame ends: *calls*``(self, time)`` is called then and must set
    the next, later."""
    return Spec("i8", (), first, "frame", {"frame": calls})


def drawn() -> Any:
    """1 while somebody looks at what the present frame shows, else 0: draw nothing then."""
    return Spec("i8", (), 1, "drawn")


def bus(bits: int, page_bits: int = -1) -> Any:
    """An address space of the device's own, of which it is a master: ``self.NAME.read(address,
    time)`` and ``self.NAME.write(address, value, time)``, bytes.

    In Python, ``device.NAME`` is its map; :meth:`Board.device` can give it another's, a CPU's.
    Memory is read through a page table of 2**``page_bits`` bytes an entry.
    """
    pages = min(8, bits - 1) if page_bits < 0 else page_bits
    return Spec("i8", (2,), role="bus", bits=bits << 8 | pages)


def audio(full: float = 32_768, rate: int = 0) -> Any:
    """A sound output: ``self.NAME.step(time, change)``, a level rises by *change* at *time*;
    ``self.NAME.put(time, level)``, it is *level* from then on.

    *full* is the level of a full swing, as loud as can be.  Levels that are put *rate* times a
    second go through unchanged where that is the rate of the board's speaker
    (:meth:`Board.mixer`); all others are band-limited.  To whom nobody listens it costs nothing.
    """
    return Spec("i8", (6,), full, "audio", bits=rate)


Function = Callable[..., Any]
