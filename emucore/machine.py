"""A machine: a board brought to life in an arena, run by an engine.

    machine = Machine(board, {"rom": bytes})
    machine.use("interp")
    machine.run_frames(60)
    machine.screen            # (height, width, 3) uint8

Everything that may differ after running is in the arena's state section: two machines of one board
are equal exactly if their states are, whatever engines they were run by.
"""

from __future__ import annotations

import copy
import math
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from emucore import kernel as k
from emucore.arena import Arena
from emucore.board import Board, CpuPart
from emucore.console import Console
from emucore.engine import ENGINES, Engine
from emucore.errors import MachineError, MachineFault
from emucore.hooks import Hook, Hooks
from emucore.panel import Panel
from emucore.plan import Plan
from emucore.registers import Registers
from emucore.space import AddressSpace
from emucore.state import NEVER
from emucore.tables import Tables

__all__ = ["ENGINES", "Engine", "Machine", "MachineError", "MachineFault"]

#: Seconds that may be asked for at a time: a century, as in :mod:`emucore.sane`.
LONGEST = 3.2e9


class Machine:
    """A board with its media, powered on.

    *media* gives the contents of the board's ROMs by name.  Raises :class:`MachineError` where a
    memory is unknown or its image too large.
    """

    def __init__(self, board: Board, media: Mapping[str, bytes] | None = None) -> None:
        self.board = board
        #: Counts changes of memory from outside, which engines that translate must heed.
        self.version = 0
        self.plan = Plan(board)
        self.layout = self.plan.layout
        self.arena = Arena(self.layout)
        self.engine: Engine | None = None
        self._wanted = "reference"
        #: Called when the machine asks for its host (a BDOS call); it must clear the line.
        self.host: Callable[[Machine], None] | None = None
        #: Where the machine prints text; None if it has no console.
        self.console: Console | None = None
        #: Told of every press, switch and typed text: (kind, name, value) of an Event.  Of another
        #: state, however it came, it is told ("state", "", ""): what follows has another past.
        self.heard: Callable[[str, str, str], None] | None = None
        #: Master time up to which it was run; None: as far as its CPUs have come.
        self._reached: int | None = 0
        #: Whether the run ends at this boundary; see :meth:`stop`.
        self.ending = False
        #: Whether it runs now: what looks is a hook, or the host that it asked for.
        self.running = False
        self._attach()
        Tables(self.plan, self.words).fill()
        self._find_words()
        self.power_on()
        for name, image in (media or {}).items():
            self.load(name, image)

    def _attach(self) -> None:
        """Make what reaches into the arena: done anew for each clone, whose arena is its own."""
        self.words = self.arena.memory.cast("q")
        self.cpus: dict[str, Registers] = {
            part.name: Registers(part.isa.cpu, self.arena.memory, self.base(part))
            for part in self.board.cpus
        }
        #: Its buttons and DIP switches.
        self.panel = Panel(self.board, self.arena)
        self.hooks = Hooks(self)

    def clone(self) -> Self:
        """Another machine in the same state, with the same media and engine.

        They share nothing that changes, so each can be run, saved or dropped without the other's
        noticing.  Nobody listens to the clone's input, and it has no hooks.
        """
        other = copy.copy(self)
        other.arena = self.arena.copy()
        other.heard = other.engine = None
        other.running = False
        other._wanted = self.engine.name if self.engine else self._wanted
        other._attach()
        other._let_go()  # its parent's translations are not its own
        return other

    def _let_go(self) -> None:
        """Have no engine's traces in the words: a turn that one has cut short is whole again."""
        words = self.words
        if words[k.CUT]:
            words[k.RESUME] = words[k.CUT]
            base = self.base(self.board.cpus[words[k.CUT] - 1])
            words[base // 8 + k.DEADLINE] = words[k.UNTIL]
        words[k.PROGRAM] = words[k.CHANGED] = words[k.YIELD] = words[k.CUT] = 0

    def base(self, part: CpuPart) -> int:
        """Byte offset of a CPU's header and registers."""
        return self.plan.base(part)

    def _find_words(self) -> None:
        """Where the words are that every run looks at."""
        board, word = self.board, self.plan.word
        self._frame_at = word("machine.frame")
        self._sounding_at = word("machine.sounding")
        speaker = board.speaker
        self._count_at = word(f"{speaker.device.name}.{speaker.count}") if speaker else None
        self._clocks_at = [(word(f"{part.name}.clock"), part.divider) for part in board.cpus]
        asking = [wire for wire in board.wires if wire.cpu is None]
        self._asks_at = [word(f"{wire.device.name}.{wire.source}") for wire in asking]

    # -- life -------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Give all state its initial value; ROMs stay."""
        for f in self.layout.fields.values():
            if f.section == "state":
                self.arena.memory[f.offset : f.end] = bytes(f.dtype.itemsize)
        self.arena["machine.latches"][:] = NEVER
        for part in self.board.cpus:
            registers = self.cpus[part.name]
            registers.reset()
            for name, value in part.initial.items():
                registers[name] = value
        for device in self.board.devices.values():
            for name, spec in device.fields.items():
                if not spec.shape:
                    self.arena[f"{device.name}.{name}"][0] = device.initial[name]
        self.panel.reset()
        self._take(self.arena.bytes)

    def restart(self) -> None:
        """Switch off and on; the DIP switches stay as they are set."""
        if self.heard is not None:
            self.heard("restart", "", "")
        before, switches = self.arena.bytes.copy(), self.panel.switches()
        try:
            self.power_on()
            self.panel.put_back(switches)
        except BaseException:
            self.arena.bytes[:] = before
            raise

    def refresh(self) -> None:
        """Have what is derived from the state follow it, after a change from outside."""
        self.version += 1
        self._show_none(self.words)

    def _show_none(self, words: Any) -> None:
        """Have the kernel show all banks anew."""
        for i in range(words[k.BANKS]):
            words[words[k.BANK_TABLE] + i * k.BANK_ROW + k.BANK_SHOWN] = -1

    def set_state(self, data: bytes | memoryview) -> None:
        """Give the machine a state that its arena gave: exact, and of this process only.

        For files there is :mod:`emucore.snapshot`.
        """
        self._take(self.arena.with_state(data))
        if self.heard is not None:
            self.heard("state", "", "")

    def _take(self, image: npt.NDArray[np.uint8]) -> None:
        """Have the arena be *image*, with another state: what was going on before is over.

        No CPU has a turn to go on with, and no hook has been called at its boundary.  An exception
        finds the old state or the new one, whole.
        """
        words = image.view(np.int64)
        words[[k.HOOK, k.RESUME, k.CUT, k.FAULT]] = 0
        for part in self.board.cpus:
            header = self.base(part) // 8
            words[header + k.PASSED], words[header + k.MISSED] = k.NOWHERE, 0
        self._show_none(words)
        self.version += 1
        self.arena.bytes[:] = image  # from here on there are no calls, between which one might come
        self.hooks.states += 1
        self._reached, self.ending = 0, True

    def save_state(self, path: str | Path) -> None:
        """Write the state to *path*, at once or not at all.  Raises :class:`OSError`."""
        from emucore import snapshot

        snapshot.save(self, Path(path))

    def load_state(self, path: str | Path) -> None:
        """Go on from the state in *path*; whatever engine or host it was saved on.

        Raises :class:`MachineError` for a file that is no state of such a machine, :class:`OSError`
        for one that cannot be read; the machine is untouched then.
        """
        from emucore import snapshot

        snapshot.load(self, Path(path))

    def space(self, name: str, cpu: str | None = None) -> AddressSpace:
        """An address space by name (``mem``, ``io``) of *cpu*, or of the first that has it."""
        for part in self.board.cpus:
            if cpu in (None, part.name) and name in part.spaces:
                return AddressSpace(self, part, part.spaces[name])
        known = ", ".join(f"{p.name}.{s}" for p in self.board.cpus for s in p.spaces)
        raise MachineError(f"{self.board.name} has no address space {name!r}; it has {known}")

    @property
    def memory(self) -> AddressSpace:
        """Where the first CPU's program is: ``memory[a]`` an int, ``memory[a:b]`` bytes."""
        part = self.board.cpus[0]
        return AddressSpace(self, part, part.spaces[part.isa.space.name])

    def load(self, name: str, image: bytes, at: int = 0) -> None:
        """Put *image* into memory *name* from offset *at*; the rest stays as it is."""
        if name not in self.board.memories:
            raise MachineError(f"{self.board.name} has no memory {name}")
        memory = self.board.memories[name][0]
        if not 0 <= at <= memory.size - len(image):
            raise MachineError(
                f"{name}: {len(image):,} bytes at {at:#x} do not fit its {memory.size:,} bytes"
            )
        self.version += 1
        offset = self.layout.fields[name].offset + at
        self.arena.memory[offset : offset + len(image)] = image

    def poke(self, name: str, at: int, value: int) -> None:
        """Store a byte in the arena's field *name* (a memory, or a device's array of bytes).

        Hosts that write what may be part of a program use this: engines that translate heed it.
        Raises :class:`IndexError` beyond the field.
        """
        field = self.layout.fields[name]
        if not 0 <= at < field.end - field.offset:
            raise IndexError(f"{name} has no byte {at:#x}")
        self.store(field.offset + at, value)

    def store(self, at: int, value: int) -> None:
        """Store a byte at offset *at* of the arena, as :meth:`poke` does."""
        words = self.words
        self.arena.memory[at] = value
        if words[k.PROGRAM] and self.arena.memory[words[k.PROGRAM] + at]:
            words[k.CHANGED] = words[k.YIELD] = 1

    # -- running ----------------------------------------------------------------------------

    def run(self, frames: int = 0, *, seconds: float = 0.0) -> int:
        """Run *frames* frames, or as many as begin within *seconds* of the machine's time.

        How many were completed: fewer only where the machine stopped, as a program that ends does.
        """
        if not 0 <= seconds < LONGEST:
            raise MachineError(f"{seconds} is not a number of seconds to run")
        frames += math.ceil(seconds * self.board.clock_hz / self.board.frame_ticks)
        return self.run_frames(frames)

    def use(self, engine: str) -> Engine:
        """Choose the engine by name; the machine's state carries over."""
        if self.engine is not None and self.engine.name == engine:
            return self.engine
        if engine not in ENGINES:
            raise MachineError(f"no engine {engine!r}; there are {', '.join(ENGINES)}")
        if self.engine is not None:  # without an engine, whatever comes meanwhile: not with half
            self._wanted, left, self.engine = self.engine.name, self.engine, None
            left.close()
        self._let_go()
        self.engine = ENGINES[engine](self)
        return self.engine

    @property
    def time(self) -> int:
        """Master time reached: that of the CPU furthest behind."""
        return min([self.words[at] * divider for at, divider in self._clocks_at])

    @property
    def frame(self) -> int:
        """Frames completed since power-on."""
        return self.words[self._frame_at]

    @property
    def within(self) -> int:
        """Master time up to which a part of a frame was run; 0 between two frames."""
        reached = self.time if self._reached is None else self._reached
        return reached if reached > self.frame * self.board.frame_ticks else 0

    def run_until(self, end: int) -> bool:
        """Run to master time *end*; False if the host or a hook stopped the machine before.

        Raises :class:`MachineFault` where a device goes wrong, as all that runs the machine does.
        Whatever else comes out of it (Ctrl-C, a signal's exception, what a hook raises), the
        machine is between two instructions then, and goes on there when it is run again.
        """
        if self.running:
            raise MachineError(f"{self.board.name} is running: what it calls cannot run it")
        if self._count_at is not None:
            self._begin_samples(self._count_at)
        self.ending, self.running, self._reached = False, True, None
        try:
            if not self._run(end):
                return False
            self._reached = end
            return True
        finally:
            self.running = False

    def _run(self, end: int) -> bool:
        while reason := self._engine().run(end):  # it may have been changed in between
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

    def _fail(self) -> NoReturn:
        words, engine = self.words, self._engine()
        device, function = self.plan.functions[words[k.FAULT] - 1]
        fault = MachineFault(
            f"{self.board.name}: {device.name}.{function} went beyond an array, "
            f"at time {words[k.FAULT_TIME]:,}"
        )
        words[k.FAULT] = 0
        raise fault from engine.cause

    def _engine(self) -> Engine:
        return self.engine or self.use(self._wanted)

    def stop(self) -> None:
        """End the run that calls this, in a hook: it goes on there with the next one.

        Another state being loaded ends it as well.
        """
        self.ending = True

    def hook(self, cpu: str, address: int, function: Callable[[Self], object]) -> Hook:
        """Have ``function(machine)`` called whenever *cpu* is about to run the instruction at
        *address*, until the hook is removed.

        It is called at the boundary between two instructions, when no interrupt is due to be taken
        instead; registers, memory and clock are those of that moment, and what it changes of them
        holds for the instruction.  Setting the program counter, it has the machine go on there.  It
        may :meth:`stop` the run, or raise what that is to raise.  An instruction that repeats
        itself (Z80: LDIR) begins anew each time.

        Hooks are no part of the state, and of what they do a recording has only what they press.
        In a state that is loaded, none has been called yet.
        """
        part = next((part for part in self.board.cpus if part.name == cpu), None)
        if part is None:
            known = ", ".join(part.name for part in self.board.cpus)
            raise MachineError(f"{self.board.name} has no CPU {cpu!r}; it has {known}")
        if not 0 <= address < 1 << part.isa.pc.width:
            raise MachineError(f"{address:#x} is no address of {cpu}'s program")
        hook = Hook(cpu, address, function, self.hooks)
        self.hooks.add(hook)
        return hook

    @property
    def stopped(self) -> bool:
        """Whether the machine asks for its host still: a program that has ended."""
        return any(self.words[at] != NEVER for at in self._asks_at)

    def run_frames(self, frames: int = 1) -> int:
        """Run *frames* frames; how many were completed."""
        if frames < 0:
            raise MachineError(f"{frames} is not a number of frames to run")
        for done in range(frames):
            if not self.run_until((self.words[self._frame_at] + 1) * self.board.frame_ticks):
                return done
            self.words[self._frame_at] += 1
        return frames

    def _begin_samples(self, count_at: int) -> None:
        """Forget the last frame's samples when a new frame begins, in however many runs it is."""
        words = self.words
        if words[self._sounding_at] != words[self._frame_at] + 1:
            words[count_at] = 0
            words[self._sounding_at] = words[self._frame_at] + 1

    # -- what people see, hear and press ----------------------------------------------------

    @property
    def screen(self) -> npt.NDArray[np.uint8]:
        """The picture as (height, width, 3) bytes of red, green, blue, turned as on the cabinet."""
        picture = self.board.picture
        if picture is None:
            raise MachineError(f"{self.board.name} has no screen")
        palette = np.array(picture.palette, np.uint8)
        pixels = self.arena[f"{picture.device.name}.{picture.pixels}"]
        return np.take(palette, np.rot90(pixels, -picture.rotate // 90), axis=0)

    def frame_crc32(self) -> int:
        """CRC-32 of :attr:`screen`'s bytes; 0 without a screen."""
        return zlib.crc32(self.screen.tobytes()) if self.board.picture else 0

    @property
    def sound(self) -> npt.NDArray[np.int16]:
        """Samples of the last frame, 16-bit mono at the board's rate."""
        speaker = self.board.speaker
        if speaker is None:
            return np.zeros(0, np.int16)
        count = int(self.arena[f"{speaker.device.name}.{speaker.count}"][0])
        samples = self.arena[f"{speaker.device.name}.{speaker.samples}"]
        return samples[:count].copy()

    def press(self, name: str, pressed: bool = True) -> None:
        """Press or release the button *name*."""
        self.panel.press(name, pressed)
        if self.heard is not None:
            self.heard("press", name, "1" if pressed else "0")

    def release(self, name: str) -> None:
        """Release the button *name*."""
        self.press(name, False)

    def set_switch(self, name: str, setting: str) -> None:
        """Set the DIP switches *name* to the setting of that name."""
        self.panel.set(name, setting)
        if self.heard is not None:
            self.heard("switch", name, setting)

    def setting(self, name: str) -> str:
        """The setting that the DIP switches *name* are at; empty if it is none that has a name."""
        return self.panel.setting(name)

    def type(self, text: bytes) -> None:
        """Type *text* on the console; :class:`MachineError` beyond :meth:`keyboard_room`."""
        if len(text) > self.keyboard_room():
            raise MachineError(f"{self.board.name} has no room for {len(text)} typed characters")
        self._type(text)
        if self.heard is not None:
            self.heard("type", "", text.decode("latin-1"))

    @property
    def waiting(self) -> bool:
        """Whether a program waits for a key to be typed, and does nothing else."""
        return False

    def keyboard_room(self) -> int:
        """How many characters can be typed now; 0 for ever if there is no keyboard."""
        return 0

    def _type(self, text: bytes) -> None:
        """A machine with a keyboard puts *text* into its buffer here."""

    def state_sha256(self) -> str:
        """Hash of all state."""
        return self.arena.sha256()
