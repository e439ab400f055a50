"""The box: its board, how a program is loaded, and its entry in the list of machines."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emucore.base.errors import UserError
from emucore.base.files import read_bounded
from emucore.board import Board
from emucore.body.console import Console
from emucore.body.events import read_text
from emucore.cpus import isa
from emucore.device import Record
from emucore.isa import Isa
from emucore.machine import Machine, MachineError
from machines.computers.cpm.bdos import PARAMETER_BLOCK, PARAMETERS, Bdos
from machines.computers.cpm.drive import Drive
from machines.computers.cpm.memory import Memory
from machines.computers.cpm.traps import BDOS, BIOS, FIRST, KEYS, ROUTINES, SIZE, Traps
from machines.registry import MachineInfo

#: The processors of such boxes, and their clocks in Hz.
CPUS = {"8080": 2_000_000, "z80": 4_000_000}
USUAL = "8080"
FRAMES_A_SECOND = 50

TPA = 0x0100  # where programs begin
JMP = 0xC3
TAIL_MOST = 126


class Cpm(Machine):
    """A box with *program* in it, about to run with the command line *tail*."""

    def __init__(self, chip: Isa, clock_hz: int, program: bytes, tail: str, drive: Drive) -> None:
        self.program = program
        self.tail = tail
        board = Board("cpm", "CP/M 2.2 box", clock_hz, frame_ticks=clock_hz // FRAMES_A_SECOND)
        cpu = board.cpu("cpu", chip)
        self.traps = board.device("traps", Traps())
        cpu.mem.ram(0, FIRST - 1, board.ram("ram", FIRST))
        cpu.mem.device(FIRST, FIRST + SIZE - 1, self.traps, read="read", write="write", tapped=True)
        board.call_host(self.traps, "ask")
        self.drive = drive
        super().__init__(board)

    def _attach(self) -> None:
        """Start the operating system, which remembers nothing but in the arena."""
        super()._attach()
        at = self.layout.fields["traps"].offset
        self.state = Record(self.arena.memory, at, type(self.traps))
        self.printer = self.console = Console()
        # all that a call may change, and what that was before it
        self._now = self.arena.bytes[: self.layout.fields["kernel.marks"].offset]
        self._before = np.empty_like(self._now)
        cpu, memory, frame = self.cpus["cpu"], Memory(self), self.board.frame_ticks
        system = Bdos(self.state, cpu, memory, self.printer, self.drive, frame=frame)
        self.host = lambda _: self._serve(system)

    def _serve(self, system: Bdos) -> None:
        """Have the call that stopped the box answered.

        What interrupts that (Ctrl-C, an output that is closed) comes out of it, and the call has
        not been made: nothing of it is in the box, and it is made again when the box is run.
        """
        printed = self.printer.place
        self._before[:] = self._now
        try:
            system.serve()
        except BaseException:
            self._now[:] = self._before
            self.printer.take_back(printed)
            raise

    def power_on(self) -> None:
        """Cold start: the system in its place, the program loaded and started."""
        super().power_on()
        memory = Memory(self)
        memory.write(0x0000, _jump(BIOS + 3))
        memory.write(0x0005, _jump(BDOS))
        memory.write(BDOS, _jump(BDOS))
        for i in range(17):
            memory.write(BIOS + 3 * i, _jump(ROUTINES + 3 * i))
        memory.write(PARAMETERS, PARAMETER_BLOCK)
        words = self.tail.split()
        for at, word in zip((0x5C, 0x6C), [*words, "", ""], strict=False):
            memory.write(at, default_fcb(word))
        tail = f" {' '.join(words)}".encode() if words else b""
        memory.write(0x80, bytes((len(tail),)) + tail)
        self.arena["ram"][TPA : TPA + len(self.program)] = list(self.program)
        registers = self.cpus["cpu"]
        registers["sp"] = FIRST - 2  # a RET from there goes to 0000, which ends the program
        registers["pc"] = TPA

    @property
    def stopped(self) -> bool:
        """Whether its program has ended: time has been put back to the call that ended it."""
        return bool(self.state.ended)

    def _run(self, end: int, goal: int) -> bool:
        return not self.stopped and super()._run(end, goal)

    @property
    def waiting(self) -> bool:
        """Whether the program waits for a key."""
        return bool(self.state.waiting)

    def keyboard_room(self) -> int:
        """How many characters can be typed now."""
        return max(0, min(KEYS, KEYS - int(self.state.keys_typed - self.state.keys_read)))

    def _type(self, text: bytes) -> None:
        for code in text:
            self.state.keys[self.state.keys_typed % KEYS] = code
            self.state.keys_typed += 1


def _jump(target: int) -> bytes:
    return bytes((JMP, target & 0xFF, target >> 8))


def default_fcb(word: str) -> bytes:
    """The first 16 bytes of an FCB for the argument *word*, as the command processor parses it."""
    drive, colon, rest = word.rpartition(":")
    number = ord(drive) - ord("A") + 1 if len(drive) == 1 and drive.isalpha() else 0
    stem, _, extension = (rest if not colon or number else word).partition(".")
    name = b"".join(_padded(part, n) for part, n in ((stem, 8), (extension, 3)))
    return bytes((number & 0x1F, *name, 0, 0, 0, 0))


def _padded(part: str, size: int) -> bytes:
    """Spaces behind a name; a ``*`` stands for as many ``?`` as there is room."""
    head, star, _ = part.partition("*")
    return head.ljust(size, "?" if star else " ")[:size].encode()


def build(
    path: Path | None,
    *,
    cpu: str | None = None,
    args: str = "",
    folder: str | None = None,
    readonly: str = "no",
) -> Machine:
    """A box that runs the .COM file *path*; see :class:`machines.registry.MachineInfo`."""
    if path is None:
        raise MachineError("cpm needs a .COM file to run")
    if path.is_dir():
        raise MachineError(f"{path}: is a folder; cpm needs a .COM file in it")
    try:
        program = read_bounded(path, FIRST - TPA)
    except FileNotFoundError:
        raise MachineError(f"{path}: there is no such file") from None
    except UserError as error:
        raise MachineError(str(error)) from None
    if readonly not in ("yes", "no"):
        raise MachineError(f"readonly={readonly}: expected yes or no")
    tail = " ".join(args.upper().split())
    if not tail.isascii() or not tail.isprintable() or len(tail) > TAIL_MOST:
        raise MachineError(f"args: expected at most {TAIL_MOST} printable ASCII characters")
    root = path.parent if folder is None else Path(folder)
    if not root.is_dir():
        raise MachineError(f"{root}: there is no such folder for drive A")
    cpu = cpu or USUAL
    return Cpm(isa(cpu), CPUS[cpu], program, tail, Drive(root, writable=readonly == "no"))


MACHINE = MachineInfo(
    name="cpm",
    title="CP/M 2.2 box, 64 KiB, a folder as drive A",
    build=build,
    media_help="a .COM file; its folder is drive A",
    cpus=tuple(CPUS),
    default_cpu=USUAL,
    screen=False,
    input_help="text to be typed; emu run takes it from a pipe too",
    read_input=read_text,
    options={
        "args": "the command line behind the program's name",
        "folder": "the folder that is drive A (default: the program's)",
        "readonly": "yes: programs cannot write to drive A",
    },
)
