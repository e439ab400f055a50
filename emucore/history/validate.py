"""What of a state no machine can have: the bounds that engines and devices rely on.

A state from a file may hold anything.  Compiled code takes it for granted that a register's value
has no more bits than the register, and that time goes on by little steps; a device knows more
(:mod:`emucore.device`, ``valid``).  Whatever passes here can be run: not sensibly, but without
harm, and it stops when it is told to.
"""

from __future__ import annotations

from typing import NoReturn

from emucore.base.errors import UserError
from emucore.body import media
from emucore.body.body import Body
from emucore.device import Record, as_python
from emucore.language.registers import NEVER, Wired
from emucore.plan.arena import Arena

#: No machine runs for so many ticks: a century at 20 MHz.
LAST = 1 << 56
#: Ticks by which CPUs and events may be behind or ahead of each other, beside a frame.
APART = 1 << 24
#: No quantity of a device is larger, so that no sum or product of a few is infinite.
REAL_MOST = 1e30


def check(machine: Body, arena: Arena) -> None:
    """:class:`UserError` if *arena*, of *machine*'s layout, has a state that is none."""
    _check_registers(machine, arena)
    time = _check_clocks(machine, arena)
    _check_outputs(machine, arena)
    slot = media.wrong(machine.board, arena)
    if slot:
        raise UserError(f"damaged state: nothing like that can be in {slot}")
    _check_inputs(machine, arena)
    for device in machine.plan.devices:
        for name, spec in device.fields.items():
            values = arena[f"{device.name}.{name}"]
            if spec.role in ("bus", "drawn"):
                continue
            if spec.code[0] == "f":
                if not (abs(values) <= REAL_MOST).all():  # nor is it NaN
                    _refuse(f"{device.name}.{name}")
            elif not spec.shape:
                _check_scalar(f"{device.name}.{name}", spec.role, int(values[0]), time)
        record = Record(arena.memory, machine.layout.fields[device.name].offset, type(device))
        if "valid" in device.functions and not as_python(device.functions["valid"])(record, time):
            raise UserError(f"damaged state: {device.name} cannot be like that")


def _refuse(name: str) -> NoReturn:
    raise UserError(f"damaged state: {name} cannot have such a value")


def _check_registers(machine: Body, arena: Arena) -> None:
    for part in machine.board.cpus:
        for name, register in part.isa.cpu.registers.items():
            most = int(arena[f"{part.name}.{name}"].max())
            if most >> register.width:
                raise UserError(f"damaged state: {name} has more than {register.width} bits")
            if isinstance(register, Wired) and most > NEVER:
                _refuse(f"{part.name}.{name}")


def _check_clocks(machine: Body, arena: Arena) -> int:
    """The master time that the CPU furthest behind has reached."""
    frame = int(arena["machine.frame"][0])
    times = {p.name: int(arena[f"{p.name}.clock"][0]) * p.divider for p in machine.board.cpus}
    begin = frame * machine.board.frame_ticks
    if "machine.begins" in machine.layout.fields:  # where the video says how long frames are
        begin = int(arena["machine.begins"][0])
    time = min(times.values(), default=begin)
    if not 0 <= frame <= LAST or not begin <= time <= LAST:
        raise UserError("damaged state: no frame has that clock")
    for name, reached in times.items():
        if reached > time + machine.board.frame_ticks + APART:
            _refuse(f"{name}.clock")
    return time


def _check_outputs(machine: Body, arena: Arena) -> None:
    """Picture and sound, which the host looks at."""
    speaker = machine.board.speaker
    for screen in machine.board.screens.values():
        name = f"{screen.device.name}.{screen.pixels}"
        shown = arena[name]
        if screen.count:
            counted = f"{screen.device.name}.{screen.count}"
            if not 0 <= int(arena[counted][0]) <= len(shown):
                _refuse(counted)
            shown = shown[:, 4]
        if screen.shades and not 0 <= int(shown.min()) <= int(shown.max()) < screen.shades:
            _refuse(name)
        for field, most in zip(screen.size or (), arena[name].shape, strict=False):
            if not 1 <= int(arena[f"{screen.device.name}.{field}"][0]) <= most:
                _refuse(f"{screen.device.name}.{field}")
    if speaker is not None:
        count = int(arena[f"{speaker.device.name}.{speaker.count}"][0])
        if not 0 <= count <= LAST:
            _refuse(f"{speaker.device.name}.{speaker.count}")


def _check_inputs(machine: Body, arena: Arena) -> None:
    """Where axes, dials and guns are, which devices may take for granted."""
    for item in machine.board.inputs.values():
        for place, least, most in item.bounds():
            if not least <= int(arena[place.path][place.index]) <= most:
                _refuse(place.path)


def _check_scalar(name: str, role: str, value: int, time: int) -> None:
    if role in ("out", "into"):
        if value != NEVER and not 0 <= value <= LAST:
            _refuse(name)
    elif role in ("due", "wants"):
        if value != NEVER and not time - APART <= value <= LAST:
            _refuse(name)
    elif role == "frame" and not time <= value <= time + APART:
        _refuse(name)
