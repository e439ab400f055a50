"""All state is in the arena: a machine saved at any instruction goes on in a fresh one.

On every machine and CPU: run to a random instruction, save, load into a machine just made (of
another engine, mostly), and let both go on.  What a device or a host function keeps anywhere else
is missing in the fresh machine, or shared with it, and the two part.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from boards import pest_board, random_machine
from stirring import stir
from test_lockstep import random_program, random_registers

import machines
from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus import CPUS, isa
from emucore.device import Device, Record, integer
from emucore.history import snapshot
from emucore.machine import Machine

# Goes through the folder, reads a file record by record, polls the keyboard, edits a line.
FILES = """
        org 100h
loop:   lxi d, any
        mvi c, 17       ; search first …
        call 5
next:   lda 84h
        sta seen
        lxi d, any
        mvi c, 18       ; … and next, to the last
        call 5
        inr a
        jnz next
        lxi d, fcb
        mvi c, 15       ; open
        call 5
read:   mvi e, 0ffh
        mvi c, 6        ; a key?
        call 5
        ora a
        jz quiet
        sta key
        lxi d, line
        mvi c, 10       ; then edit a line
        call 5
quiet:  lxi h, 200      ; time for others
wait:   dcx h
        mov a, h
        ora l
        jnz wait
        lxi d, fcb
        mvi c, 20       ; read the next record
        call 5
        ora a
        jz read
        xra a
        sta fcb + 12
        sta fcb + 32
        jmp loop
any:    db "????????????"
fcb:    db 0, "DATA    BIN"
        ds 24
seen:   db 0
key:    db 0
line:   db 8
        ds 9
"""


def check_complete(
    make: Callable[[], Machine],
    path: Path,
    seed: int,
    engines: Sequence[str] = ("interp", "jit", "reference"),
    points: int = 5,
) -> None:
    """Save *make*'s machine to *path* at random instructions; a fresh one must go on alike.

    Raises :class:`AssertionError` where it does not.
    """
    rng = random.Random(seed)
    machine = make()
    frame = machine.board.frame_ticks
    for _ in range(points):
        before, after = rng.choice(engines), rng.choice(engines)
        machine.use(engines[0])
        machine.run_until(machine.time + rng.randrange(1, 20 * frame))
        stir(machine, rng)
        machine.use(before)
        machine.run_until(machine.time + rng.randrange(1, frame // 2))
        snapshot.save(machine, path)
        fresh = make()
        fresh.use(after)
        snapshot.load(fresh, path)
        ends = []
        again = rng.getrandbits(32)
        for each in (machine, fresh):
            each.run_until(each.time + frame // 5)
            stir(each, random.Random(again))
            each.run_until(each.time + frame)
            ends.append(each.state_sha256())
        assert ends[0] == ends[1], f"saved by {before}, loaded by {after}"


def disk(folder: Path) -> Path:
    """A program for the CP/M box that uses what the system remembers from call to call."""
    (folder / "DATA.BIN").write_bytes(random.Random(1).randbytes(5000))
    (folder / "OTHER.TXT").write_bytes(b"other")
    program = folder / "FILES.COM"
    program.write_bytes(assemble(isa("8080"), FILES).image())
    return program


#: Media for machines that have none of their own.
MEDIA = {"cpm": disk}


@pytest.mark.parametrize(
    ("name", "cpu"),
    [(name, cpu) for name in machines.names() for cpu in machines.find(name).cpus],
)
def test_every_machine_of_the_registry(name: str, cpu: str, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    media = MEDIA[name](folder) if name in MEDIA else None
    check_complete(lambda: machines.load(name, media, cpu=cpu), tmp_path / "state", 1)


@pytest.mark.parametrize("name", CPUS)
@pytest.mark.parametrize("seed", range(3))
def test_every_cpu(name: str, seed: int, tmp_path: Path) -> None:
    """A random program, with interrupts, waits and a device that answers."""
    rng = random.Random(seed)
    memory, registers = random_program(isa(name), rng), random_registers(isa(name), rng)
    check_complete(
        lambda: random_machine(isa(name), memory, registers), tmp_path / "state", seed, points=4
    )


COUNTED = [0]


class Forgetful(Device):
    """Answers with what it counts: outside of the arena, if it is *leaky*."""

    count: int = integer()

    def sound(self, offset: int, time: int) -> int:
        self.count += 1
        return self.count & 0xFF

    def leaky(self, offset: int, time: int) -> int:
        COUNTED[0] += 1
        return COUNTED[0] & 0xFF


def counting(way: str) -> Machine:
    """A CPU that stores what the device answers, for ever, run by the reference."""
    board = Board("forgetful", "a test board", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa("8080"))
    device = board.device("device", Forgetful())
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    cpu.io.device(0, 0xFF, device, read=way)
    machine = Machine(board)
    machine.load("ram", bytes.fromhex("210010 db00 77 23 c30300"))
    return machine


def test_a_device_with_state_of_its_own_fails(tmp_path: Path) -> None:
    """The check finds what it is for."""
    check_complete(lambda: counting("sound"), tmp_path / "state", 1, ["reference"], 2)
    with pytest.raises(AssertionError, match="saved by reference"):
        check_complete(lambda: counting("leaky"), tmp_path / "state", 1, ["reference"], 2)


def test_compiled_engines_refuse_such_a_device() -> None:
    counting("sound").use("interp")
    with pytest.raises(Exception, match=r"(?s)reflected list.*COUNTED"):
        counting("leaky").use("interp")


def test_a_record_takes_no_other_attributes() -> None:
    """The reference engine's device functions cannot put anything beside the record."""
    machine = Machine(pest_board(isa("8080")))
    at, pest = machine.layout.fields["pest"].offset, machine.board.devices["pest"]
    record = Record(machine.arena.memory, at, type(pest))
    with pytest.raises(KeyError):
        record.another = 1
