"""The interpreter engine: compiled handlers, compiled devices, the compiled kernel.

The first run of a program starts at once on handlers compiled without optimisation, while a thread
makes the optimised ones; both are kept on disk, so that later runs start on the best.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from emucore.body.engines import ENGINES
from emucore.body.guest import Guest
from emucore.isa import Isa
from emucore.kernel import layout as k
from emucore.plan.plan import Plan
from jit.base import forks
from jit.base.failed import Failed
from jit.llvm import dispatch_table
from jit.llvm.native import Loaded, compile_ir, compile_modules, threaded
from jit.store import cache
from jit.store.fingerprint import fingerprint, identity

if TYPE_CHECKING:
    from jit.interpreter.packet_table import PacketCpu

#: Called with a line of text when something must be compiled (the first run on a host).
on_compile: Callable[[str], None] = lambda text: None  # noqa: E731 - a hook that does nothing

_lock = forks.lock(forks.Order.SHARED)
#: Held by the thread that makes optimised handlers; and the interpreters that wait for theirs.
_improving = forks.lock(forks.Order.JOB)
_unimproved: dict[Interpreter, None] = {}


class Interpreter:
    """The compiled interpreter of one ISA, shared by all machines of the process.

    ``entry`` is the address of ``run(cpu)``; it changes once, when opt 2 replaces opt 0.
    """

    def __init__(self, isa: Isa, way: str, hooked: bool = False) -> None:
        self.isa = isa
        self.way = way
        self.hooked = hooked
        self.opt = 2
        self.compiled: dict[int, float] = {}
        #: why there are no optimised handlers, if making them has failed
        self.failed: Failed | None = None
        self._text: str | None = None
        self._identity = identity(isa) or self._module()
        self._loaded: list[Loaded] = []
        image = cache.load(self._key(2))
        if image is None:
            self.opt = 0
            image = cache.load(self._key(0)) or self._compile(0)
        self.handlers: dict[str, int] = {}
        self.entry = self._link(image)
        self._thread: threading.Thread | None = None
        if self.opt == 0:
            self.improve()

    def improve(self) -> None:
        """Have the optimised handlers made in the background; the process waits for them at its
        end, for the sake of the next."""
        thread = threading.Thread(target=self._improve, name=f"opt 2 of {self.isa.name}")
        try:
            _unimproved[self] = None
            thread.start()
            self._thread = thread
        except RuntimeError as error:  # no room for one more thread
            del _unimproved[self]
            self.failed = Failed.of(error)

    def _key(self, opt: int) -> str:
        return cache.key(
            "interpreter", self._identity, opt, self.way, self.hooked, dispatch_table.HOT
        )

    def _compile(self, opt: int) -> bytes:
        if opt == 0:
            on_compile(f"compiling the {self.isa.title} interpreter (first run only)")
        began = time.perf_counter()
        image = compile_ir(self._module(), opt)
        self.compiled[opt] = time.perf_counter() - began
        cache.store(self._key(opt), image)
        return image

    def _module(self) -> str:
        """The handlers as LLVM IR."""
        if self._text is None:
            from jit.interpreter.module import module

            self._text = module(self.isa, self.way, self.hooked)
        return self._text

    def _link(self, image: bytes) -> int:
        loaded = Loaded(image)
        self._loaded.append(loaded)  # every version stays: another machine may be running in it
        found = {name: loaded.find(name) for name in ("dispatch", "cold", "missed")}
        self.handlers = {name: address for name, address in found.items() if address}
        return loaded.address("run")

    def _improve(self) -> None:
        forks.give_way()
        with _improving:
            try:
                image = self._compile(2)
                with _lock:
                    self.entry = self._link(image)
                    self.opt = 2
            except Exception as error:  # memory, LLVM: those that there are will do
                self.failed = Failed.of(error)
            del _unimproved[self]

    def wait(self) -> None:
        """Wait until the optimised handlers are in place, or cannot be made."""
        if self._thread is not None:
            self._thread.join()


def _improve_again() -> None:
    """In a child of fork: it has no thread that makes what is still to be made."""
    for each in list(_unimproved):
        each.improve()


forks.in_child(_improve_again)

_interpreters: dict[tuple[Isa, str, bool], Interpreter] = {}
_objects: dict[str, Loaded] = {}
_addresses: WeakKeyDictionary[Plan, list[int]] = WeakKeyDictionary()


def interpreter(isa: Isa, way: str, hooked: bool = False) -> Interpreter:
    """The process's interpreter of *isa*, of a way that :mod:`jit.interpreter.module` knows."""
    with _lock:
        if (isa, way, hooked) not in _interpreters:
            _interpreters[isa, way, hooked] = Interpreter(isa, way, hooked)
        return _interpreters[isa, way, hooked]


def _object(name: str, what: str, modules: Callable[[], list[str]]) -> Loaded:
    """The object *name*: loaded already, from disk, or made from *modules* now."""
    with _lock:
        if name not in _objects:
            image = cache.load(name)
            if image is None:
                on_compile(f"compiling {what} (first run only)")
                image = compile_modules(modules())
                cache.store(name, image)
            _objects[name] = Loaded(image)
        return _objects[name]


def _kernel() -> Loaded:
    def modules() -> list[str]:
        from jit.devices.compile import kernel_modules

        return kernel_modules()

    return _object(cache.key("kernel"), "the machine kernel", modules)


def _ahead() -> subprocess.Popen[bytes] | None:
    """Have another process compile the kernel, if that must be done and there is a core for it.

    It leaves the object in the cache; where it fails, we compile the kernel ourselves.
    """
    name = cache.key("kernel")
    if name in _objects or cache.load(name) is not None or (os.cpu_count() or 1) < 2:
        return None
    if not cache.is_writable():  # it would be made in vain
        return None
    ours = "jit.interpreter.engine"
    program = f"import sys; sys.path[:] = sys.argv[1:]; import {ours}; {ours}._kernel()"
    command = [sys.executable, "-P", "-c", program, *sys.path]  # ours, and not the folder we are in
    silent = subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=silent, stdout=silent, stderr=silent)
    except OSError:
        return None


def _devices(machine: Guest) -> list[int]:
    """Addresses of the machine's device functions."""
    if machine.plan not in _addresses:
        _addresses[machine.plan] = _device_addresses(machine)
    return _addresses[machine.plan]


def _device_addresses(machine: Guest) -> list[int]:
    functions = machine.plan.functions
    if not functions:
        return []
    heeded = machine.plan.heeded
    numbers = {device: i for i, device in enumerate(machine.plan.devices)}
    parts = [
        f"{d.dtype()} {heeded(d)} {numbers[d]} {fingerprint(d.functions[n], type(d))}"
        for d, n in functions
    ]

    def modules() -> list[str]:
        from jit.devices.compile import device_modules

        return device_modules(functions, heeded, numbers)

    loaded = _object(cache.key("devices", *parts), f"{machine.board.name}'s devices", modules)
    return [loaded.address(f"device_{i}") for i in range(len(functions))]


class InterpEngine:
    """See :class:`emucore.machine.Engine`."""

    name = "interp"
    cause: Exception | None = None  # compiled functions tell only which failed, and when

    def __init__(self, machine: Guest) -> None:
        self.machine = machine
        helper = _ahead()
        self._calls = np.array(_devices(machine) or [0], np.int64)
        self._cpus = [
            (machine.base(part) // 8 + k.CPU_ENTRY, interpreter(part.isa, self.way()))
            for part in machine.board.cpus
        ]
        if helper is not None:
            on_compile("compiling the machine kernel (first run only)")
            helper.wait()
        kernel = _kernel()
        machine.words[k.HEADER_WORDS - 1] = self._calls.ctypes.data
        self._packets = self._packet_cpus()
        self._hooks = 0
        self._hooked: list[npt.NDArray[np.uint8]] = []
        for part in machine.board.cpus:
            base = machine.base(part) // 8
            machine.words[base + k.ARENA] = machine.arena.address
            machine.words[base + k.BUS_READ] = kernel.address("kernel_read")
            machine.words[base + k.BUS_WRITE] = kernel.address("kernel_write")
        machine.words[k.PORT_READ] = kernel.address("kernel_port_read")
        machine.words[k.PORT_WRITE] = kernel.address("kernel_port_write")
        self._call_host = ctypes.CFUNCTYPE(ctypes.c_int64)(self._called)
        called = ctypes.cast(self._call_host, ctypes.c_void_p).value
        machine.words[k.HOST_CALL] = called or 0
        prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
        self._run = prototype(kernel.address("kernel_run"))
        self._kept = kernel
        self._arena = machine.arena.address

    def _packet_cpus(self) -> dict[int, PacketCpu]:
        """The machine's VLIWs by their index."""
        parts = enumerate(self.machine.board.cpus)
        found = {i: part for i, part in parts if part.isa.packets is not None}
        if not found:
            return {}
        from jit.interpreter.packet_table import PacketCpu

        return {i: PacketCpu(self.machine, i, part, self.way()) for i, part in found.items()}

    def way(self) -> str:
        """How the handlers go on: see :func:`jit.interpreter.module.module`."""
        return "threaded" if threaded() else "looped"

    def run(self, end: int) -> int:
        """See :class:`emucore.machine.Engine`."""
        words = self.machine.words
        self._see_hooks()
        for at, loaded in self._cpus:
            words[at] = loaded.entry
        for i, cpu in self._packets.items():
            cpu.begin(self._cpus[i][1].handlers)
        try:
            while True:
                for cpu in self._packets.values():
                    cpu.meet()
                result = int(self._run(self._arena, end))
                if result != 2 or not any(cpu.missed for cpu in self._packets.values()):
                    return result
        except BaseException:
            self._finish_packets()
            raise

    def _called(self) -> int:
        """The kernel calls this amid a run, where a CPU can go on only when something is done."""
        for cpu in self._packets.values():
            cpu.meet()
        if self.machine.words[k.HOOK] or self.machine.words[k.HITS]:
            self.machine.call_hooks()
        return 0

    def _finish_packets(self) -> None:
        """Stop at a boundary: behind the packet that was missed, if one was."""
        for cpu in self._packets.values():
            cpu.finish()

    def _see_hooks(self) -> None:
        """Heed the hooks that the machine has now, if there are others than before."""
        version = self.machine.hooks.version
        if self._hooks != version:
            self.heed_hooks()
            self._hooks = version  # now, and not if an exception came between

    def heed_hooks(self) -> None:
        """There are other hooks than before."""
        machine = self.machine
        self._hooked = []
        for i, part in enumerate(machine.board.cpus):
            addresses = machine.hooks.addresses(part.name)
            hooked = bool(addresses) or machine.hooks.memory.has(part.name)
            loaded = interpreter(part.isa, self.way(), hooked)
            self._cpus[i] = self._cpus[i][0], loaded
            if hooked:
                table = np.zeros(1 << dispatch_table.SLOT_BITS, np.uint8)
                table[[dispatch_table.slot_of(part.isa, pc) for pc in addresses]] = 1
                self._hooked.append(table)
                machine.words[machine.base(part) // 8 + k.HOOKS] = table.ctypes.data

    def step(self) -> None:
        """See :class:`emucore.machine.Engine`."""
        self.run(self.machine.time + 1)

    def wait(self) -> None:
        """See :class:`emucore.machine.Engine`."""
        for _, loaded in self._cpus:
            loaded.wait()

    def close(self) -> None:
        """Leave background compilation to finish: it serves other machines and later runs."""
        self._finish_packets()

    def statistics(self) -> dict[str, Any]:
        """Per ISA: level of optimisation, seconds spent compiling, and why something could not be
        compiled, if that was so."""
        found = {}
        for i, (_, loaded) in enumerate(self._cpus):
            packets = self._packets[i].failed if i in self._packets else None
            found[loaded.isa.name] = {
                "opt": loaded.opt,
                "compile_seconds": sum(loaded.compiled.values()),
                "failed": loaded.failed or packets,
            }
        return found


ENGINES["interp"] = InterpEngine
