"""The packets that the VLIWs of a machine have met: their handlers, and where those are found.

A packet that no handler can fetch (it lies in a device, or in memory with wait states) is run by
the reference engine each time.
"""

from __future__ import annotations

import contextlib

import numpy as np

from emucore.board import CpuPart
from emucore.body.guest import Guest
from emucore.isa import Isa, packets
from emucore.kernel import layout as k
from emucore.reference.engine import ReferenceEngine
from jit.base import forks
from jit.base.failed import Failed
from jit.interpreter import packet_handlers
from jit.llvm import dispatch_table
from jit.llvm.native import Loaded, compile_ir
from jit.store import cache
from jit.store.fingerprint import identity

#: Packets that are compiled at once: the one that was missed, and those behind it.
AHEAD = 16
#: Bytes that the handlers may take that are remembered for an ISA, and those that a table leads to.
MEMORY = 128 << 20
#: Packets remembered that no handler could be made for.
MOST = 1 << 14

Words = tuple[int, ...]
#: A handler: what it is in, and its address.
Handler = tuple[Loaded, int]


class PacketHandlers:
    """Handlers of the packets of one ISA, by their words, for all machines of the process."""

    def __init__(self, isa: Isa, way: str) -> None:
        self._isa = isa
        self._way = way
        self._known: dict[Words, Handler] = {}
        #: Those that could not be made, and why: they are not tried again.
        self.failed: dict[Words, Failed] = {}
        self._size = 0
        self._lock = forks.lock(forks.Order.SHARED)

    def __contains__(self, words: Words) -> bool:
        return words in self._known

    def handler(self, words: Words, behind: list[Words]) -> Handler:
        """The handler of *words*; those of the packets *behind* are made with it."""
        with self._lock:
            found = self._known.get(words)
            if found is None:
                if self._size > MEMORY:
                    self._known.clear()
                    self._size = 0
                together = [words, *behind]
                loaded = Loaded(self._image(together))
                self._size += loaded.size
                for number, each in enumerate(together):
                    self._known[each] = loaded, loaded.address(f"packet{number}")
                found = self._known[words]
            return found

    def handler_if(self, words: Words, behind: list[Words]) -> Handler | None:
        """The same; None where it cannot be made, for want of memory or by a fault of LLVM's."""
        if words in self.failed:
            return None
        with contextlib.suppress(Exception):  # it may be the fault of one behind
            return self.handler(words, behind)
        try:
            return self.handler(words, [])
        except Exception as error:
            if len(self.failed) > MOST:
                self.failed.clear()
            self.failed[words] = Failed.of(error)
            return None

    def _image(self, together: list[Words]) -> bytes:
        lasting = identity(self._isa)
        name = cache.key("packets", lasting, self._way, together)
        image = cache.load(name) if lasting else None
        if image is None:
            module = packet_handlers.WAYS[self._way](self._isa, False).packets(together)
            image = compile_ir("\n".join(module), 1)
            if lasting:
                cache.store(name, image)
        return image


_handlers: dict[tuple[Isa, str], PacketHandlers] = {}


class PacketCpu:
    """A VLIW of a machine: the table of the packets that it has met."""

    def __init__(self, machine: Guest, index: int, part: CpuPart, way: str) -> None:
        self._machine = machine
        self._index = index
        self._isa = part.isa
        self._header = machine.base(part) // 8
        self._handlers = _handlers.setdefault((part.isa, way), PacketHandlers(part.isa, way))
        self._registers = machine.cpus[part.name]
        space = part.isa.space
        self._base = machine.base(part)
        self._mask, self._bits = (1 << space.bits) - 1, space.page_bits
        self._reads = machine.layout.fields[f"{part.name}.{space.name}.reads"].offset // 8
        self._table = np.full(packet_handlers.TABLE_WORDS, k.NOWHERE, np.int64)
        #: what the table leads to, or did
        self._kept: set[Loaded] = set()
        self._reference: ReferenceEngine | None = None
        machine.words[self._header + k.PACKETS] = self._table.ctypes.data

    def begin(self, handlers: dict[str, int]) -> None:
        """A run begins, with the interpreter's *handlers*."""
        self._table[packet_handlers.DISPATCH] = handlers["dispatch"]
        self._table[packet_handlers.MISS] = handlers["missed"]

    @property
    def missed(self) -> bool:
        """Whether it has stopped in front of a packet that it has not met."""
        return bool(self._machine.words[self._header + k.MISSED])

    def meet(self) -> None:
        """Have the CPU go on with the packet that it has missed, if it has."""
        if not self.missed:
            return
        pc = self._registers[self._isa.pc.name]
        met = self._packet(pc)
        found = self._handlers.handler_if(met, self._behind(pc, met)) if met is not None else None
        if found is None:
            self.finish()
            return
        loaded, address = found
        if sum(each.size for each in self._kept) > MEMORY:
            self._table[packet_handlers.SLOTS :] = k.NOWHERE
            self._kept.clear()
        at = packet_handlers.SLOTS + 2 * dispatch_table.slot_of(self._isa, pc)
        # at no moment does the table lead to what is kept no longer
        self._table[at] = k.NOWHERE
        self._kept.add(loaded)
        self._table[at + 1] = address
        self._table[at] = pc

    @property
    def failed(self) -> Failed | None:
        """Why the reference runs a packet, if a handler for it could not be made."""
        return next(iter(self._handlers.failed.values()), None)

    def finish(self) -> None:
        """Run the packet that it has missed, if it has, by the reference engine."""
        if not self.missed:
            return
        if self._reference is None:
            self._reference = ReferenceEngine(self._machine)
        self._reference.packet(self._index)

    def _behind(self, pc: int, met: Words) -> list[Words]:
        """Packets that follow in memory and have no handlers yet."""
        found: dict[Words, None] = {}
        for _ in range(AHEAD if met not in self._handlers else 0):
            pc += len(met) * self._isa.unit // 8
            following = self._packet(pc)
            if following is None or not packets.is_known(self._isa, following):
                break
            met = following
            if met not in self._handlers:
                found[met] = None
        return list(found)

    def _packet(self, pc: int) -> Words | None:
        """The words of the packet at *pc*; None if a handler cannot fetch them."""
        rules = self._isa.packets
        assert rules is not None
        words: list[int] = []
        while len(words) < rules.most and (not words or not rules.ends(words[-1])):
            word = self._word(pc + len(words) * self._isa.unit // 8)
            if word is None:
                return None
            words.append(word)
        return tuple(words)

    def _word(self, address: int) -> int | None:
        address &= self._mask
        size = self._isa.unit // 8
        entry = self._machine.words[self._reads + (address >> self._bits)]
        if entry == k.SLOW or address % size:
            return None
        at = self._base + entry + address
        data = self._machine.arena.memory[at : at + size]
        return int.from_bytes(data, "big" if self._isa.space.big_endian else "little")
