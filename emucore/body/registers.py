"""Registers of one CPU by the manual's names, wherever in memory they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from emucore.base.errors import BadValue, UnknownAttribute, UnknownName, whole
from emucore.language.cpu import Cpu
from emucore.language.registers import Reg, RegFile, View, storage
from emucore.plan.cpu_layout import offsets


def _seen(cpu: type[Cpu]) -> list[str]:
    """The names of the registers that a program sees: also those joined from internal ones alone
    (the Z80's R, of which only a part counts)."""
    names: list[str] = []
    for name, reg in cpu.registers.items():
        if isinstance(reg, RegFile):
            names += reg.names
        elif not reg.internal:
            names.append(name)
    views = {n: v for base in reversed(cpu.__mro__) for n, v in vars(base).items()}
    for name, view in views.items():
        parts = view.parts if isinstance(view, View) else ()
        if parts and all(not isinstance(part, int) and part[0].internal for part in parts):
            names.append(name)
    return names


class Registers(Mapping[str, int]):
    """Registers, views and file elements of a CPU, by name or as attributes.

    They have the manual's names; to iterate goes over those that a program sees, and parts of them
    and what is internal are found too.  Raises :class:`UnknownName` (a :class:`KeyError`, for an
    attribute an :class:`AttributeError`) for a register that there is not, :class:`BadValue` (a
    :class:`ValueError`) for a value that does not fit.

    >>> import machines
    >>> registers = machines.load("invaders", cpu="z80").cpus["cpu"]
    >>> registers.hl = 0x1234
    >>> registers["h"], registers.l
    (18, 52)
    >>> "r" in registers, registers.r
    (True, 0)
    >>> [name for name, value in registers.items() if value]
    ['a', 'hl', 'sp', 'sf', 'zf', 'yf', 'hf', 'xf', 'pf', 'nf', 'cf']

    *memory* is a writable byte buffer whose address and *base* are multiples of 8.
    """

    cpu: type[Cpu]
    slots: dict[str, tuple[memoryview[int], int]]

    def __init__(self, cpu: type[Cpu], memory: memoryview, base: int) -> None:
        object.__setattr__(self, "cpu", cpu)
        whole = memory[: len(memory) // 8 * 8].cast("B")
        casts: dict[int, memoryview[int]] = {
            1: whole,
            2: whole.cast("H"),
            4: whole.cast("I"),
            8: whole.cast("Q"),
        }
        #: name -> (typed view, index of element 0)
        object.__setattr__(self, "slots", {})
        for name, at in offsets(cpu).items():
            width = storage(cpu.registers[name].width)
            self.slots[name] = casts[width], (base + at) // width

    def reset(self) -> None:
        """Give every register its power-on value."""
        for name, reg in self.cpu.registers.items():
            view, index = self.slots[name]
            if isinstance(reg, RegFile):
                for i in range(reg.count):
                    view[index + i] = 0
            else:
                view[index] = reg.init

    def __iter__(self) -> Iterator[str]:
        """The names of those that a program sees, those of files one by one."""
        return iter(_seen(self.cpu))

    def __len__(self) -> int:
        return len(_seen(self.cpu))

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return dict(self) == dict(other) if isinstance(other, Mapping) else NotImplemented

    def __getattr__(self, name: str) -> int:
        if name.startswith("_"):  # what Python and notebooks ask for
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownName as error:
            raise UnknownAttribute("name", str(error)) from None

    def __setattr__(self, name: str, value: int) -> None:
        try:
            self[name] = value
        except UnknownName as error:
            raise UnknownAttribute("name", str(error)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def _shown(self) -> Iterator[tuple[str, str]]:
        """Names and values, in hexadecimal of their widths."""
        for name, value in self.items():
            item = self._find(name)
            width = item[0].width if isinstance(item, tuple) else item.width
            yield name, f"{value:0{(width + 3) // 4}x}"

    def __repr__(self) -> str:
        return f"<{self.cpu.__name__} {' '.join(f'{name}={text}' for name, text in self._shown())}>"

    def line(self, *always: str) -> str:
        """Those that are not 0, and those *always* shown: ``name=value``, in hexadecimal."""
        shown = ((n, text) for n, text in self._shown() if text.strip("0") or n in always)
        return " ".join(f"{name}={text}" for name, text in shown)

    def _repr_html_(self) -> str:
        """A table, for notebooks."""
        names, values = zip(*self._shown(), strict=True)
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(f"<td><code>{text}</code></td>" for text in values)
        return f"<table><tr>{head}</tr><tr>{body}</tr></table>"

    def _find(self, name: str) -> Reg | View | tuple[RegFile, int]:
        item: Any = self.cpu.registers.get(name) or getattr(self.cpu, str(name), None)
        if item is None and isinstance(name, str):
            item = getattr(self.cpu, name + "_", None)
        if isinstance(item, (Reg, View)):
            return item
        for file in self.cpu.registers.values():
            if isinstance(file, RegFile) and name in file.names:
                return file, file.names.index(name)
        raise UnknownName("name", f"{self.cpu.__name__} has no register {name!r}")

    def __getitem__(self, name: str) -> int:
        item = self._find(name)
        if isinstance(item, tuple):
            view, index = self.slots[item[0].name]
            return view[index + item[1]]
        if isinstance(item, Reg):
            view, index = self.slots[item.name]
            return view[index]
        value = 0
        for part in item.parts:
            if isinstance(part, int):
                value = value << 1 | part
            else:
                reg, lo, hi = part
                value = value << (hi - lo) | self[reg.name] >> lo & (1 << (hi - lo)) - 1
        return value

    def __setitem__(self, name: str, value: int) -> None:
        item = self._find(name)
        width = item[0].width if isinstance(item, tuple) else item.width
        value = whole(name, value, least=-(1 << 64))
        if not 0 <= value < 1 << width:
            raise BadValue(name, f"{name} has {width} bits, not {value:#x}")
        if isinstance(item, tuple):
            file, i = item
            view, index = self.slots[file.name]
            view[index + i] = value if i != file.zero else 0
        elif isinstance(item, Reg):
            view, index = self.slots[item.name]
            view[index] = value
        else:
            self._set_view(item, value)

    def _set_view(self, view: View, value: int) -> None:
        below = view.width
        for part in view.parts:
            size = 1 if isinstance(part, int) else part[2] - part[1]
            below -= size
            if not isinstance(part, int):
                reg, lo, _hi = part
                ones = (1 << size) - 1
                kept = self[reg.name] & ~(ones << lo)
                self[reg.name] = kept | (value >> below & ones) << lo
