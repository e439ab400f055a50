"""Somebody who plays with all that a machine has, without a plan."""

from __future__ import annotations

import random

from emucore.board import Axis, Button, Dial, Gun, Input
from emucore.machine import Machine


def stir(machine: Machine, rng: random.Random) -> None:
    """Press, move, turn, aim, switch and type something, if there is anything."""
    inputs = machine.board.inputs
    for name in rng.sample(sorted(inputs), min(2, len(inputs))):
        touch(machine, inputs[name], rng)
    for switch in machine.board.switches.values():
        if rng.random() < 0.1:
            machine.set_switch(switch.name, rng.choice(list(switch.settings)))
    if machine.keyboard_room() >= 4:
        typing = machine.panel.typing
        texts = "abc\x08\r" if typing is None else sorted(typing.keyboard.chords)
        machine.type("".join(rng.choice(texts) for _ in range(rng.randrange(4))))


def touch(machine: Machine, item: Input, rng: random.Random) -> None:
    """Do something to an input."""
    if isinstance(item, Button):
        machine.press(item.name, rng.random() < 0.5)
    elif isinstance(item, Axis):
        machine.move(item.name, rng.randint(item.least, item.most))
    elif isinstance(item, Dial):
        machine.turn(item.name, rng.randint(-2 * item.size, 2 * item.size))
    elif isinstance(item, Gun):
        on = rng.random() < 0.7
        machine.aim(item.name, *((rng.randrange(item.width), rng.randrange(item.height)) * on))
    else:
        raise AssertionError(f"{item.name} is {item.kind}")
