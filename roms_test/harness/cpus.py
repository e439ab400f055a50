"""The CPUs that exams are for, imported when one is asked for."""

from __future__ import annotations

from importlib import import_module

from emucore.isa import Isa

_WHERE = {
    "8080": ("emucore.cpus.i8080", "i8080"),
    "z80": ("emucore.cpus.z80", "z80"),
    "6502": ("emucore.cpus.m6502", "m6502"),
    "rv32": ("emucore.cpus.rv32", "rv32"),
}

#: Names of the CPUs.
CPUS = tuple(_WHERE)


def cpu(name: str) -> Isa:
    """The instruction set *name*; KeyError if there is none."""
    module, attribute = _WHERE[name]
    isa = getattr(import_module(module), attribute)
    assert isinstance(isa, Isa)
    return isa
