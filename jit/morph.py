"""Translations: made from regions in the background, kept on disk, found again by their bytes."""

from __future__ import annotations

import atexit
import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from emucore.isa import Isa
from jit import cache
from jit.fingerprint import identity
from jit.native import Loaded, compile_ir
from jit.region import Peek, discover
from jit.translate import translate

#: Guest instructions in a region at most.
LIMIT = 128

#: Bytes at a head by which its translations are looked for on disk.
_SAMPLE = 8


@dataclass
class Translation:
    """Host code of a region, and the program bytes that it is true for."""

    isa: Isa
    head: int
    program: dict[int, int]
    image: bytes
    steps: int
    seconds: float = 0.0
    loaded: Loaded | None = None
    offsets: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    values: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))

    def entry(self) -> int:
        """Address of the code, loaded now if it was not."""
        if self.loaded is None:
            self.loaded = Loaded(self.image)
        return self.loaded.address("region")


def make(isa: Isa, head: int, peek: Peek) -> Translation | None:
    """The translation of the region at *head*: from disk, or made now; None if there is none."""
    name = _name(isa, head, peek)
    found = _find(isa, head, name, peek)
    if found is not None:
        return found
    began = time.perf_counter()
    region = discover(isa, head, peek, LIMIT)
    if head not in region.steps:
        return None
    image = compile_ir(translate(isa, region, "region"), 2, pipeline=True)
    made = Translation(isa, head, region.bytes, image, len(region.steps))
    made.seconds = time.perf_counter() - began
    if name is not None:
        cache.store(name, _pack(made))
    return made


def _name(isa: Isa, head: int, peek: Peek) -> str | None:
    """Name on disk of translations at *head* that begin with the bytes now there, if any are."""
    if identity(isa) is None:
        return None
    mask = (1 << isa.space.bits) - 1
    sample = [peek(head + i & mask, 8) for i in range(_SAMPLE)]
    return cache.key("region", isa.name, head, LIMIT, sample)


def _pack(made: Translation) -> bytes:
    """Header (JSON, its length first) and object."""
    fields = {"program": sorted(made.program.items()), "steps": made.steps}
    header = json.dumps(fields).encode()
    return len(header).to_bytes(4, "little") + header + made.image


def _find(isa: Isa, head: int, name: str | None, peek: Peek) -> Translation | None:
    """The translation on disk, if the program's bytes are those it was made from."""
    data = cache.load(name) if name else None
    if data is None:
        return None
    length = int.from_bytes(data[:4], "little")
    fields = json.loads(data[4 : 4 + length])
    program = {int(a): int(b) for a, b in fields["program"]}
    if any(peek(a, 8) != b for a, b in program.items()):
        return None
    return Translation(isa, head, program, data[4 + length :], fields["steps"])


class Worker:
    """One thread for the process: does what engines ask for, in order, until the process ends."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def ask(self, job: Callable[[], None]) -> None:
        """Have *job* done soon, in the background."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="morph", daemon=True)
            self._thread.start()
            atexit.register(self._stop)
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _stop(self) -> None:
        """Let the job at hand finish: a thread inside LLVM must not outlive the interpreter."""
        thread, self._thread = self._thread, None
        with contextlib.suppress(queue.Empty):
            while True:
                self._jobs.get_nowait()
        self._jobs.put(None)
        if thread is not None:
            thread.join()


worker = Worker()
