"""Two CPUs, each at a random program, that disturb each other by a device between them.

Each access to the :class:`Exchange` may assert a line of either CPU, now or ahead, or move it or
withdraw it, or ask the host; so does its event.  Which of them was there first decides what it
answers, so that whatever goes wrong once is soon everywhere.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from boards import fill
from dialects import DIALECTS
from random_programs import RandomProgram, random_program

from emucore.board import Board
from emucore.device import NEVER, Device, array, due, integer, out, shared
from emucore.machine import Machine

#: Its lines, as the exchange numbers them: a level and an edge for each CPU, a level for both, one
#: to the host.
LEVEL, EDGE, BOTH, ASK = 0, 2, 4, 5
QUANTA = (1, 7, 50, 1000, 5000, NEVER)
FRAME = 1000


@shared
def get(x: Exchange, number: int) -> int:
    """A line by its number."""
    if number == 0:
        return x.level0
    if number == 1:
        return x.level1
    if number == 2:
        return x.edge0
    if number == 3:
        return x.edge1
    if number == 4:
        return x.both
    return x.ask


@shared
def put(x: Exchange, number: int, at: int, time: int) -> None:
    """Assert the line of that number, or withdraw it, at *time*; count those that came ahead."""
    old = get(x, number)
    if x.coming[number] and old <= time:
        x.came += 1
    elif x.coming[number]:
        x.dropped += 1
    x.coming[number] = 1 if time < at < NEVER else 0
    x.ahead += x.coming[number]
    if number == 0:
        x.level0 = at
    elif number == 1:
        x.level1 = at
    elif number == 2:
        x.edge0 = at
    elif number == 3:
        x.edge1 = at
    elif number == 4:
        x.both = at
    else:
        x.ask = at


@shared
def stir(x: Exchange, cpu: int, what: int, time: int) -> int:
    """Do something or other; a random byte."""
    x.log = (x.log * 31 + what * 257 + time * 2 + cpu) & 0xFFFFFFFF
    x.seed = (x.seed * 1103515245 + 12345 + what) & 0x7FFFFFFF
    action = x.seed >> 8 & 15
    at = time
    if x.seed >> 12 & 3:
        at += 1 + (x.seed >> 14) % x.reach
    if action < 3:
        put(x, LEVEL + 1 - cpu, at, time)
    elif action < 5:
        put(x, LEVEL + cpu, at, time)
    elif action < 8:
        number = EDGE + (action & 1)
        put(x, number, at if get(x, number) == NEVER else NEVER, time)
    elif action == 8:
        put(x, EDGE + 1 - cpu, at, time)
    elif action == 9:
        put(x, BOTH, at, time)
    elif action == 10:
        put(x, LEVEL + (x.seed >> 20 & 1), NEVER, time)
    elif action == 11 and x.ask == NEVER:
        put(x, ASK, at, time)
        x.asked += 1
    return (x.seed >> 12) & 0xFF


@shared
def taken(x: Exchange, cpu: int, time: int) -> None:
    """A CPU has taken notice of its level."""
    put(x, LEVEL + cpu, NEVER, time)
    if x.both <= time:
        put(x, BOTH, NEVER, time)


class Exchange(Device):
    """See the module's text.  ``reach`` is how far ahead it asserts, ``span`` the ticks between two
    events, each at most."""

    level0: int = out()
    level1: int = out()
    edge0: int = out()
    edge1: int = out()
    both: int = out()
    ask: int = out()
    due: int = due()
    seed: int = integer(1)
    reach: int = integer(200)
    span: int = integer(400)
    log: int = integer()
    #: lines that were asserted ahead; of those, that came; and that were withdrawn or moved before
    ahead: int = integer()
    came: int = integer()
    dropped: int = integer()
    asked: int = integer()
    coming = array("i8", 6)

    def event(self, time: int) -> None:
        stir(self, self.seed >> 5 & 1, 1, time)
        self.due = time + 1 + (self.seed >> 9) % self.span

    def read0(self, offset: int, time: int) -> int:
        return stir(self, 0, offset, time)

    def read1(self, offset: int, time: int) -> int:
        return stir(self, 1, offset, time)

    def write0(self, offset: int, value: int, time: int) -> None:
        stir(self, 0, offset + value, time)
        if value & 0x80:
            taken(self, 0, time)

    def write1(self, offset: int, value: int, time: int) -> None:
        stir(self, 1, offset + value, time)
        if value & 0x80:
            taken(self, 1, time)

    def acknowledge0(self, offset: int, time: int) -> int:
        taken(self, 0, time)
        return 0xC7 | (time & 0x38)

    def acknowledge1(self, offset: int, time: int) -> int:
        taken(self, 1, time)
        return 0xC7 | (time & 0x38)


def answer(machine: Machine) -> None:
    """The host's answer: it asserts a line by hand, ahead or not, and the machine goes on.

    Interrupted, it does the same again.
    """
    time = machine.time
    wire = ("level0", "level1", "edge0", "edge1", "both")[time % 5]
    machine.arena[f"exchange.{wire}"][0] = time + (0, 1, 50, 333)[time % 4]
    machine.arena["exchange.ask"][0] = NEVER


@dataclass
class RandomPair:
    """Two programs on a board, and machines that are about to run them."""

    programs: tuple[RandomProgram, RandomProgram]
    board: Board = field(repr=False)

    def machine(self, engine: str) -> Machine:
        """A new one, equal to all others."""
        machine = Machine(self.board)
        for i, program in enumerate(self.programs):
            machine.load(f"ram{i}", program.memory)
            machine.load(f"rom{i}", program.memory[0x9000:0x9100])
            for name, value in program.registers.items():
                machine.cpus[f"cpu{i}"][name] = value
        machine.host = answer
        machine.use(engine).wait()
        return machine

    def labels(self, cpu: int) -> list[int]:
        """Where a CPU comes by again and again: its loop, and its routines."""
        symbols = self.programs[cpu].symbols
        return [at for name, at in symbols.items() if name == "round" or name[0] == "f"]


def random_pair(seed: int) -> RandomPair:
    """The pair *seed*: of CPUs, programs, dividers and quantum."""
    rng = random.Random(seed)
    board = Board("pair", "two CPUs", clock_hz=1_000_000, frame_ticks=FRAME)
    board.quantum = rng.choice(QUANTA)
    initial = {"reach": rng.choice((5, 60, 400, 3000)), "span": rng.choice((30, 400, 2000))}
    exchange = board.device("exchange", Exchange(due=100, seed=seed & 0xFFFF, **initial))
    programs = []
    for i in range(2):
        dialect = DIALECTS[rng.choice(list(DIALECTS))]
        cpu = board.cpu(f"cpu{i}", dialect.isa, divider=rng.choice((1, 1, 2, 3, 7)))
        fill(board, cpu, str(i), exchange)
        for name in cpu.lines():
            if name != "reset":
                edge = cpu.line(name).edge
                board.wire(exchange, f"{'edge' if edge else 'level'}{i}", cpu, name)
                board.wire(exchange, "both", cpu, name)
        programs.append(random_program(dialect, rng.getrandbits(32), polls=3))
    board.call_host(exchange, "ask")
    return RandomPair((programs[0], programs[1]), board)
