"""A machine that runs: by an engine, frame by frame, with hooks, for a host.

What of it is looked at and pressed is in :mod:`emucore.body.front`, its program in
:mod:`emucore.body.opened`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from emucore.base.errors import BadType, BadValue, MachineError, MachineFault, UnknownName, whole
from emucore.board import Board
from emucore.body import engines
from emucore.body.cheats import Cheats
from emucore.body.engines import Engine
from emucore.body.hook import Hook
from emucore.body.memory_hooks import WAYS
from emucore.body.opened import Opened
from emucore.body.picture import Picture
from emucore.kernel import layout as k
from emucore.language.registers import NEVER

#: Addresses that one hook may have called on executing them.
EXECUTED_MOST = 1 << 16

#: Seconds that may be asked for at a time: a century, as in :mod:`emucore.history.validate`.
LONGEST = 3.2e9


class Runner(Opened):
    """A board that an engine runs."""

    def __init__(self, board: Board, media: Mapping[str, bytes] | None = None) -> None:
        self.engine: Engine | None = None
        self._wanted = "reference"
        #: Called when the machine asks for its host (a BDOS call); it must clear the line.
        self.host: Callable[[Any], object] | None = None
        #: Master time up to which it was run; None: as far as its CPUs have come.
        self._reached: int | None = 0
        #: Whether it runs now: what looks is a hook, or the host that it asked for.
        self.running = False
        super().__init__(board, media)
        table = self.words[k.DRAWN_TABLE]
        self._drawn_at = [self.words[table + i] for i in range(self.words[k.DRAWN])]
        begins = "machine.begins"
        self._begins_at = self.plan.word(begins) if begins in self.layout.fields else None
        asking = [wire for wire in board.wires if wire.to is None]
        self._asks_at = [self.plan.word(f"{wire.device.name}.{wire.source}") for wire in asking]

    def clone(self) -> Self:
        """Another machine in the same state, with the same media and engine.

        They share nothing that changes, so each can be run, saved or dropped without the other's
        noticing.  Symbols and cheats are the clone's too.  Nobody listens to its input, it has no
        hooks, no history, and has heard nothing.  ``copy.copy`` and ``copy.deepcopy`` do this as
        well; ``pickle`` does it in another process, for machines that :func:`machines.load` made.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.arena = self.arena.copy()
        other.heard = other.engine = other.keeper = None
        other.running = False
        other._wanted = self.engine_name
        other.labels = {name: symbols.copy() for name, symbols in self.labels.items()}
        other.cheats = Cheats(self.cheats)
        other._attach()
        other._let_go()  # its parent's translations are not its own
        self.hooks.memory.undo_in(other)
        return other

    def _let_go(self) -> None:
        """Have no engine's traces in the words: a turn that one has cut short is whole again."""
        words = self.words
        for part in self.board.cpus:
            base = self.base(part) // 8
            if words[base + k.CUT]:
                words[k.RESUME] = words[base + k.CPU_INDEX] + 1
                words[base + k.DEADLINE] = min(words[base + k.UNTIL], words[base + k.ATTENDED])
                words[base + k.CUT] = 0
        words[k.PROGRAM] = words[k.CHANGED] = words[k.YIELD] = 0

    def _take(self, image: npt.NDArray[np.uint8]) -> None:
        """Have the arena be *image*, with another state: what was going on before is over.

        No CPU has a turn to go on with, and no hook has been called at its boundary.  An exception
        finds the old state or the new one, whole.
        """
        words = image.view(np.int64)
        words[[k.HOOK, k.RESUME, k.FAULT, k.HITS]] = 0
        for part in self.board.cpus:
            header = self.base(part) // 8
            words[header + k.PASSED], words[header + k.MISSED] = k.NOWHERE, 0
            words[header + k.CUT] = 0
        self._show_none(words)
        self.version += 1
        self.arena.bytes[:] = image  # from here on there are no calls, between which one might come
        self.states += 1
        self._sounds.forget(self.time)
        self._reached, self.ending = 0, True

    # -- running ----------------------------------------------------------------------------

    def run(self, frames: int = 0, *, seconds: float = 0.0) -> int:
        """Run *frames* frames, or as many as begin within *seconds* of the machine's time.

        How many were completed: fewer only where the machine stopped, as a program that ends does.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise BadType("seconds", f"seconds: {seconds!r:.40} is not a number of seconds to run")
        if not 0 <= seconds < LONGEST:
            raise BadValue("seconds", f"seconds: {seconds} is not a number of seconds to run")
        if seconds and not self.board.frame_ticks:
            raise MachineError(f"{self.board.name} has no frames: use run_until(time)")
        whole("frames", frames)
        if seconds:
            frames += math.ceil(seconds * self.board.clock_hz / self.board.frame_ticks)
        return self.run_frames(frames)

    def step(self, count: int = 1, cpu: str | None = None) -> int:
        """Run *count* instructions of *cpu* (the first); how many were: fewer only where the
        machine stopped.

        What takes an instruction's place (an interrupt taken, a cycle of waiting halted) counts as
        one.  What else the machine has goes on meanwhile, and frames that end are counted.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> machine.step(), machine.cpus["cpu"].clock    # LXI SP: ten cycles
        (1, 10)
        """
        registers = self.cpus[self.part(cpu).name]
        for done in range(whole("count", count)):
            before = registers["clock"]
            while registers["clock"] == before:
                if self.time >= self.frame_ends and not self.run(1):
                    return done
                if not self.run_until(self.time + 1):
                    return done
        return count

    def use(self, engine_name: str) -> Engine:
        """Choose the engine by name; the machine's state carries over.

        Raises :class:`MachineError` where there is none of that name.
        """
        if self.engine is not None and self.engine.name == engine_name:
            return self.engine
        make = engines.find(engine_name)
        if self.engine is not None:  # without an engine, whatever comes meanwhile: not with half
            self._wanted, left, self.engine = self.engine.name, self.engine, None
            left.close()
        self._let_go()
        self.engine = make(self)
        return self.engine

    @property
    def engine_name(self) -> str:
        """The engine that runs it, or that will."""
        return self.engine.name if self.engine is not None else self._wanted

    @property
    def within(self) -> int:
        """Master time up to which a part of a frame was run; 0 between two frames."""
        reached = self.time if self._reached is None else self._reached
        return reached if reached > self.frame_begins else 0

    @property
    def amid_frame(self) -> bool:
        """See :meth:`Front.amid_frame`."""
        return bool(self.within)

    @property
    def frame_begins(self) -> int:
        """Master time at which the present frame began."""
        if self._begins_at is not None:
            return self.words[self._begins_at]
        return self.frame * self.board.frame_ticks

    @property
    def frame_ends(self) -> int:
        """Master time at which the present frame ends, as the video has it by now."""
        return self.words[self.words[k.FRAME_ENDS]]

    def run_until(self, end: int) -> bool:
        """Run to master time *end*; False if the host or a hook stopped the machine before.

        Raises :class:`MachineFault` where a device goes wrong, as all that runs the machine does.
        Whatever else comes out of it (Ctrl-C, a signal's exception, what a hook raises), the
        machine is between two instructions then, and goes on there when it is run again.
        """
        return self._drive(end, NEVER, 0)

    def _drive(self, end: int, goal: int, draws: int) -> bool:
        """Run to master time *end*, or until *goal* frames are over; frames from the number *draws*
        on are drawn."""
        if self.running:
            raise MachineError(f"{self.board.name} is running: what it calls cannot run it")
        self._look(draws)
        self.ending, self.running, self._reached = False, True, None
        try:
            if not self._run(end, goal):
                return False
            self._reached = end if goal == NEVER else self.frame_begins
            self.blind = False
            return True
        finally:
            self.running = False

    def _next_screens(self) -> dict[str, Picture]:
        other = self.clone()
        other.host, other.blind = None, False
        other.run_frames(1 + self.amid_frame)  # what is left of one is not all of a picture
        return other.screens

    def _look(self, first: int) -> None:
        """Have frames be drawn from that number on."""
        words = self.words
        words[k.FRAME_DRAWS] = first
        drawn = words[self._frame_at] >= first
        words[words[k.UNSEEN]] = not drawn
        for at in self._drawn_at:
            words[at] = drawn

    def _run(self, end: int, goal: int) -> bool:
        most = self._sounds.frames
        while True:
            part = min(goal, self.frame + most) if most else goal
            self.words[k.FRAME_GOAL] = part
            reason = self._advance(end)
            self._sounds.keep()
            if self._raised is not None:
                raised, self._raised = self._raised, None
                raise raised
            if reason == 0:
                if part != goal and self.frame == part:
                    continue
                break
            if reason == 4:
                self._fail()
            elif reason == 3:
                self.hooks.call()
            elif reason == 2:  # an engine that is gone had asked for it
                continue
            elif self.host is None:
                return False
            else:
                self.host(self)
                if self.stopped:
                    return False
            if self.ending:
                return False
        return True

    def _advance(self, end: int) -> int:
        """Have the engine, which may be another one each time, run on: see :meth:`Engine.run`."""
        return self._engine().run(end)

    def _fail(self) -> NoReturn:
        words, runner = self.words, self._engine()
        if words[k.FAULT] < 0:
            text = "its lines never come to rest"
        else:
            device, function = self.plan.functions[words[k.FAULT] - 1]
            text = f"{device.name}.{function} went beyond an array"
            if words[k.FAULT] == words[k.FRAME_FUNCTION] + 1 and self.frame_ends <= self.time:
                text = f"{device.name}.{function} has a frame that never ends"
        fault = MachineFault(f"{self.board.name}: {text}, at time {words[k.FAULT_TIME]:,}")
        words[k.FAULT] = 0
        raise fault from runner.cause

    def _engine(self) -> Engine:
        return self.engine or self.use(self._wanted)

    def stop(self) -> None:
        """End the run that calls this, in a hook: it goes on there with the next one.

        Another state being loaded ends it as well.
        """
        self.ending = True

    def hook(
        self,
        cpu: str,
        address: int | str | range,
        function: Callable[..., object],
        on: str = "execute",
        *,
        space: str | None = None,
    ) -> Hook:
        """Have *function* called, until the hook is removed, whenever *cpu* comes to *address* (a
        number, a symbol, or a range of numbers): *on* ``execute``, ``read``, ``write`` or
        ``access``, the last two together.

        On ``execute``, ``function(machine)`` is called when the instruction there is about to run:
        at the boundary between two instructions, when no interrupt is due to be taken instead.
        Registers, memory and clock are those of that moment, and what it changes of them holds for
        the instruction.  Setting the program counter, it has the machine go on there.  An
        instruction that repeats itself (Z80: LDIR) begins anew each time.

        On the others, ``function(machine, access)`` is called behind the instruction that accessed
        memory there, as a processor's own watchpoints do it: at the next boundary, for each access
        in the order in which the bus had them, with what it was
        (:class:`emucore.body.memory_hooks.Accessed`).  The bytes of a program that are fetched are
        not read, but executed.  The address is that on the bus: another one that leads to the same
        memory is not hooked.  *space* may be another than that of the program: ``io``.

        It may :meth:`stop` the run, or raise what that is to raise.  Nothing else is different with
        hooks than without, to the cycle.  Hooks are no part of the state, and of what they do a
        recording has only what they press.  In a state that is loaded, none has been called yet.
        What is slower: code that is hooked, and all accesses to a page of memory (256 bytes on the
        small CPUs) that has hooked addresses, and code in it.

        >>> import machines
        >>> machine = machines.load("invaders", engine="jit")
        >>> writes = []
        >>> hook = machine.hook(
        ...     "cpu", range(0x2000, 0x2400), lambda machine, a: writes.append(a), on="write"
        ... )
        >>> machine.run(1)
        1
        >>> writes[0].address >= 0x2000, writes[0].on, writes[0].width
        (True, 'write', 8)
        >>> hook.remove()
        """
        part = self.part(cpu)
        own = part.isa.space.name
        if on != "execute" and on not in WAYS:
            known = ", ".join(["execute", *WAYS])
            raise BadValue("on", f"on: {on!r:.40} is none of {known}")
        if space is not None and (on == "execute" or space not in part.spaces):
            known = ", ".join(part.spaces) if on != "execute" else f"{own} to execute from"
            raise UnknownName("space", f"{cpu} has no address space {space!r}; it has {known}")
        where = self._addresses(address, part, space or own)
        if on == "execute" and len(where) > EXECUTED_MOST:
            raise BadValue("address", f"address: {len(where):,} instructions are too many to hook")
        hook = Hook(cpu, space or own, on, where, function, self.hooks.remove)
        self.hooks.add(hook)
        return hook

    @property
    def stopped(self) -> bool:
        """Whether the machine asks for its host still: a program that has ended."""
        time = self.time
        return any(self.words[at] <= time for at in self._asks_at)

    def run_frames(self, frames: int = 1, *, draw: bool | None = None) -> int:
        """Run *frames* frames; how many were completed.

        The last of them is drawn; if *draw* is true all are, and if it is false none: nothing but
        the picture depends on that.  Where none was, it shows the frame to come.
        """
        first = self.frame
        goal = first + whole("frames", frames)
        typing = self.panel.typing
        one_by_one = self._heeds_frames or self.cheats.frozen or (typing and typing.busy)
        draws = 0 if draw else goal - (draw is None)
        while self.frame < goal:
            if self.cheats.frozen:
                self.cheats.apply(self)
            if not self._drive(NEVER, self.frame + 1 if one_by_one else goal, draws):
                break
            if typing is not None and typing.busy:
                typing.frame()
            self._frame_is_over()
        if self.frame > first:
            self.blind = draw is False
        return self.frame - first

    @property
    def _heeds_frames(self) -> bool:
        """Whether anything is to be done after each frame."""
        return False

    def _frame_is_over(self) -> None:
        """A frame was completed: what is to be done after each."""
