"""Translations: made from regions in the background, kept on disk, found again by their bytes."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from emucore.isa import Isa
from jit.base import forks
from jit.llvm.native import Loaded, compile_ir
from jit.regions.memory_map import MemoryMap
from jit.regions.region import Region, Tracer, Untranslatable, discover
from jit.regions.translate import translate
from jit.regions.translator import SEEN
from jit.tiers.program import GuestProgram

#: Bytes that the translations in a process may take.
MEMORY = 256 << 20

#: About what each program byte of a translation takes besides its code.
_OVERHEAD_BYTE = 150


@dataclass(frozen=True)
class Outline:
    """Addresses of a region: those of its instructions, those where computed jumps were seen to
    go (in it, or for want of room not), those of instructions that were seen to access devices, and
    those where it may be entered; its limit, and whether it is full (:mod:`jit.regions.region`);
    whether its translation was made quickly rather than well."""

    starts: frozenset[int]
    targets: frozenset[int]
    devices: frozenset[int]
    entries: frozenset[int]
    limit: int
    full: bool
    quick: bool


@dataclass(eq=False)
class Translation:
    """Host code of a region, and what it is true for: program bytes, and where memory is plain.

    ``outline`` is what remains of the region that it was made from; ``seconds`` were spent on
    making it, 0 if it is from disk.
    """

    isa: Isa
    head: int
    program: dict[int, int]
    image: bytes
    outline: Outline
    plain: MemoryMap
    seconds: float = 0.0
    #: hooks that it ends in front of: without them it would be another
    hooked: frozenset[int] = frozenset()
    #: whether making a better one has failed: it stays as it is
    final: bool = False
    #: `left` when a larger one was last thought of
    looked_at: int = 0
    _loaded: Loaded | None = None
    _words: dict[str, ctypes.Array[ctypes.c_int64]] = field(default_factory=dict)
    offsets: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    values: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    def entry(self) -> int:
        """Address of the code, loaded now if it was not."""
        if self._loaded is None:
            self._loaded = Loaded(self.image)
            _sizes[id(self)] = self._loaded.size + _OVERHEAD_BYTE * len(self.program)
            weakref.finalize(self, _sizes.pop, id(self), None)
            self.image = b""
        return self._loaded.address("region")

    def words(self, name: str, count: int) -> list[int]:
        """The module's variable *name*; empty if it has none, or is not loaded."""
        if name not in self._words:
            at = self._loaded.find(name) if self._loaded is not None else None
            if at is None:
                return []
            self._words[name] = (ctypes.c_int64 * count).from_address(at)
        return list(self._words[name])

    def counts(self) -> dict[str, int] | None:
        """What it has counted (:data:`jit.regions.counting.COUNTS`), if it was made to count."""
        from jit.regions.counting import COUNTS

        words = self.words("counts", len(COUNTS))
        return dict(zip(COUNTS, words, strict=True)) if words else None

    @property
    def left(self) -> int:
        """How often it was left for what another might do itself: see :func:`translate`."""
        return sum(self.words("left", 1))

    @property
    def looks(self) -> int:
        """How often it looked at the clock, about once a loop, if it is quick."""
        return sum(self.words("looks", 1))

    def seen(self) -> set[int]:
        """Where its computed jumps went then, lately."""
        return {pc for pc in self.words("seen", SEEN) if pc}

    def devices(self) -> set[int]:
        """Which of its instructions accessed something else than memory, lately."""
        return {pc for pc in self.words("devices", SEEN) if pc}


#: Sizes of the loaded translations, in bytes, by their ids.
_sizes: dict[int, int] = {}


def held() -> int:
    """About how many bytes of memory the process's loaded translations take."""
    return sum(list(_sizes.values()))


def make(
    tracer: Tracer,
    head: int,
    program: GuestProgram,
    plain: MemoryMap,
    *,
    count: bool = False,
    quick: bool,
    limit: int,
    targets: Iterable[int] = (),
    devices: Iterable[int] = (),
) -> Translation:
    """Translate the region at *head* now, where memory is *plain*, to code that counts if told.

    Limit, targets and devices are those of :func:`discover`.  What is *quick* takes a tenth of the
    time to make, and runs at a quarter of the speed, twice that of the interpreter.

    Raises :class:`Untranslatable` if there can be no code.
    """
    began = time.perf_counter()
    targets, devices, isa = frozenset(targets), frozenset(devices), tracer.isa
    hooked = program.hooked
    region = discover(tracer, head, limit, targets, devices)
    if head not in region.steps:
        raise Untranslatable(region.refused[head])
    text = source(isa, region, plain, quick=quick, count=count)
    image = compile_ir(text, 0 if quick else 2, pipeline=not quick)
    outline = Outline(
        frozenset(region.steps),
        targets,
        devices,
        frozenset({head, *region.computed}),
        limit,
        region.full,
        quick,
    )
    made = Translation(isa, head, region.bytes, image, outline, plain)
    made.hooked = (hooked | program.hooked) & region.missing
    made.seconds = time.perf_counter() - began
    return made


def source(isa: Isa, region: Region, plain: MemoryMap, *, quick: bool, count: bool) -> str:
    """The region as LLVM IR: the function ``region``."""
    if not count:
        return translate(isa, region, plain, "region", quick=quick)
    from jit.regions.counting import counted

    return counted(isa, region, plain, "region", quick=quick)


class Worker:
    """One thread for the process: does what engines ask for, in order, until the process ends.

    A job that fails costs itself.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = forks.lock(forks.Order.JOB)  # while a job is taken and done
        self._asked: queue.SimpleQueue[bool] = queue.SimpleQueue()  # True for each, False to end
        self._thread: threading.Thread | None = None
        self._starting = forks.lock(forks.Order.SHARED)
        self._ended = False
        atexit.register(self._stop)
        forks.in_child(self._renew)

    def ask(self, job: Callable[[], None]) -> None:
        """Have *job* done soon, in the background."""
        if self._ended:
            return
        self._jobs.put(job)
        self._asked.put(True)
        with self._starting:  # one, though the thread itself asks while it is being started
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="translate", daemon=True)
                with contextlib.suppress(RuntimeError):  # no room for one more: perhaps next time
                    self._thread.start()

    def _work(self) -> None:
        while self._asked.get():
            forks.give_way()
            with self._lock:
                job = self._jobs.get_nowait()
                with contextlib.suppress(Exception):  # an engine counts those of its own
                    job()

    def _stop(self) -> None:
        """Let the job at hand finish: a thread inside LLVM must not outlive the interpreter."""
        self._ended = True
        thread, self._thread = self._thread, None
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()
        self._asked.put(False)
        if thread is not None and thread.is_alive():
            thread.join()

    def _renew(self) -> None:
        """In a child of fork, which has the jobs that waited, but not the thread."""
        self._asked, self._thread = queue.SimpleQueue(), None
        for _ in range(self._jobs.qsize()):
            self.ask(self._jobs.get_nowait())


worker = Worker()
