"""The CPUs by name, imported when first asked for."""

from __future__ import annotations

from importlib import import_module

from emucore.isa import Isa

#: Name on the command line → module and attribute of its :class:`Isa`.
CPUS = {
    "8080": ("emucore.cpus.i8080", "i8080"),
    "z80": ("emucore.cpus.z80", "z80"),
    "6502": ("emucore.cpus.m6502", "m6502"),
    "rv32": ("emucore.cpus.rv32", "rv32"),
}


class UnknownCpu(LookupError):
    """A CPU name that is not in :data:`CPUS`; the message lists those that are."""

    def __str__(self) -> str:
        return f"unknown CPU {self.args[0]!r}: there are {', '.join(CPUS)}"


def isa(name: str) -> Isa:
    """The instruction set called *name*, case ignored; :class:`UnknownCpu` where there is none."""
    try:
        module, attribute = CPUS[name.lower()]
    except KeyError:
        raise UnknownCpu(name) from None
    found = getattr(import_module(module), attribute)
    assert isinstance(found, Isa)
    return found
