"""Machines: one module or folder each, looked up by name in :mod:`machines.registry`.

All that the command line does can be done from Python, without a window:

>>> import machines
>>> machine = machines.load("invaders", engine="interp")
>>> machine.press("coin")
>>> machine.run(frames=10)
10
>>> machine.release("coin")
>>> machine.run(seconds=1)
60

What it shows and plays are numpy arrays: the last frame's picture (height, width, red-green-blue),
which notebooks show, and all samples since they were read last.

>>> machine.screen.shape, machine.screen.dtype.name
((256, 224, 3), 'uint8')
>>> machine.sound.dtype.name, len(machine.sound)
('int16', 0)
>>> machine.inputs["fire"], machine.switches["lives"]
(False, '3')

Memory is what the CPU would see at an address, by address space; registers have the manual's names.
Looking changes nothing.

>>> machine.memory[0x0000:0x0003] == machine.arena["rom"][:3].tobytes()
True
>>> machine.memory[0x2000] = 0x12
>>> machine.memory[0x2000] == machine.memory[0xE000] == 0x12    # the same RAM, mirrored
True
>>> machine.space("io")
<cpu.io: 8 address bits>
>>> registers = machine.cpus["cpu"]
>>> registers.hl = 0x2400
>>> hex(registers["h"]), registers.l
('0x24', 0)
>>> list(dict(registers))
['pc', 'a', 'hl', 'de', 'bc', 'sp', 's', 'z', 'ac', 'p', 'cy', 'inte']

A hook is called whenever a CPU is about to run the instruction at an address, on every engine and
in translated code too.  It may look at everything and change it; by ``machine.stop()`` it ends the
run there, and what it raises comes out of it.

>>> visits = []
>>> hook = machine.hook("cpu", 0x0010, lambda machine: visits.append(machine.cpus["cpu"]["clock"]))
>>> machine.run(frames=3)
3
>>> len(visits)    # one interrupt in each frame goes there
3
>>> stop = machine.hook("cpu", 0x0010, lambda machine: machine.stop())
>>> machine.run(frames=3), machine.cpus["cpu"]["pc"]
(0, 16)
>>> hook.remove()
>>> stop.remove()
>>> machine.run_until((machine.frame + 1) * machine.board.frame_ticks)
True

Memory is hooked in the same way, one address or many: on reads, writes or both, which the hook is
told of behind the instruction that made them.

>>> writes = []
>>> hook = machine.hook(
...     "cpu", range(0x2000, 0x2400), lambda machine, access: writes.append(access), on="write"
... )
>>> machine.run(frames=2)
2
>>> len(writes) > 0, all(0x2000 <= write.address < 0x2400 for write in writes)
(True, True)
>>> hook.remove()

It runs instruction by instruction too, and shows what comes.

>>> machine.step(3)
3
>>> row = machine.disassemble(0x0000, count=2)[1]
>>> row.address, row.text
(3, 'jmp 002dh')

A clone takes less than a millisecond.  It goes its own way, and so does each of any number of
machines in a process; on any engine it is the same way.

>>> other = machine.clone()
>>> _ = other.use("reference")
>>> [m.run(frames=1) for m in (machine, other)]
[1, 1]
>>> machine.state_sha256() == other.state_sha256()
True

A state is a file that any engine and any host can go on from.

>>> import tempfile, pathlib
>>> folder = tempfile.TemporaryDirectory()
>>> path = pathlib.Path(folder.name) / "begin.state"
>>> machine.save_state(path)
>>> _ = machine.run(frames=5)
>>> machine.load_state(path)
>>> machine.state_sha256() == other.state_sha256()
True

A recording is such a state and what was pressed from then on; it repeats to the bit.

>>> from emucore.history import recording
>>> recorder = recording.Recorder(machine)
>>> for name in ("coin", "start1"):
...     machine.press(name)
...     _ = machine.run(frames=5)
...     machine.release(name)
...     _ = machine.run(frames=5)
>>> recorder.save(path)
>>> recording.start(other, path).play(other)
True
>>> other.state_sha256() == machine.state_sha256()
True
>>> folder.cleanup()

What cannot be is a :class:`MachineError`, of one line; most are also what Python raises for such a
mistake, and name the argument.

>>> machine.press("lid")  # doctest: +ELLIPSIS
Traceback (most recent call last):
...
emucore.base.errors.UnknownName: invaders has no input 'lid'; it has coin, start1, ...
"""

from emucore.base.renamed import install

TYPE_CHECKING = False  # typing's is slow to import, and the command line begins here
if TYPE_CHECKING:
    from typing import Any

    from emucore.machine import Machine, MachineError
    from machines.registry import MachineInfo, find, load, names

__all__ = ["Machine", "MachineError", "MachineInfo", "find", "load", "names"]

install(__name__, "machines.old_names")


def __getattr__(name: str) -> "Any":
    """What is used is imported then."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from machines import registry

    value = globals()[name] = getattr(registry, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
