"""VLIW: the words of a packet traced as one instruction.

A packet reads every register before it writes any, and its writes are committed together; so it
is one :data:`~emucore.ir.ops.Code`, made from all of its words at once.  The fields of its words
are known then, which is what makes ``.new`` values, pairs and dual-write checks cheap.
"""

from __future__ import annotations

from collections.abc import Iterator

from emucore.ir.ops import Code, verify
from emucore.ir.passes import optimise
from emucore.isa.decode import decoder
from emucore.isa.isa import Isa, IsaError, Packets, Variant
from emucore.language.block import Block
from emucore.language.cpu import Cpu
from emucore.language.pending import PacketError, Written
from emucore.language.value import Value


def trace(isa: Isa, words: tuple[int, ...]) -> Code:
    """The micro-ops of a packet, after its words were fetched.

    Raises :class:`PacketError` for words that cannot be one packet: no end, an undefined one, two
    writes to one register, a ``.new`` value that depends on itself.
    """
    cpu = _cpu(isa)
    apply(isa, cpu, words)
    return verify(optimise(cpu.block.finish()))


def apply(isa: Isa, cpu: Cpu, words: tuple[int, ...]) -> None:
    """Trace a packet into the block of *cpu*, behind the fetch of its words; see :func:`trace`."""
    if not rules(isa).ends(words[-1]):
        raise PacketError(f"no end after {len(words)} words")
    variants = [_decode(isa, word) for word in words]
    cpu.tick(rules(isa).cycles)
    with cpu.block.packet(len(words)):
        for i in order(isa, words):
            isa.apply(cpu, variants[i], words[i], slot=i)


def fetch(isa: Isa, cpu: Cpu) -> Iterator[Value]:
    """Trace the fetch of the words of a packet, each a constant, up to its last."""
    for _ in range(rules(isa).most):
        word = isa.read_unit(cpu)
        yield word
        if word.constant is None or rules(isa).ends(word.constant):
            break


def is_known(isa: Isa, words: tuple[int, ...]) -> bool:
    """Whether each of *words* is an instruction; they may be no packet all the same."""
    return all(isinstance(decoder(isa)[()].find(word), Variant) for word in words)


def order(isa: Isa, words: tuple[int, ...]) -> list[int]:
    """Indexes of *words* such that each ``.new`` value is computed before it is used.

    Words otherwise stay in their order (hardware has none: it forwards between slots).
    """
    probes = []
    for word in words:
        cpu = _cpu(isa)
        with cpu.block.packet(len(words)):
            isa.apply(cpu, _decode(isa, word), word)
            probes.append((cpu.block.produced, cpu.block.consumed))
    waiting, result = list(range(len(words))), []
    while waiting:
        for i in waiting:
            if not any(_feeds(probes[j][0], probes[i][1]) for j in waiting):
                break
        else:
            raise PacketError(f"new values depend on each other in {_show(words)}")
        waiting.remove(i)
        result.append(i)
    return result


def _feeds(produced: frozenset[Written], consumed: frozenset[Written]) -> bool:
    """Whether something consumed is (or, with an index not known, may be) produced."""
    return any(
        p is c and (i == j or i is None or j is None) for p, i in produced for c, j in consumed
    )


def _decode(isa: Isa, word: int) -> Variant:
    target = decoder(isa)[()].find(word)
    if not isinstance(target, Variant):
        raise PacketError(f"{word:#010x} is no instruction")
    return target


def _cpu(isa: Isa) -> Cpu:
    return isa.cpu(Block(isa.cpu.clock))


def rules(isa: Isa) -> Packets:
    """How the packets of *isa* are; :class:`IsaError` where it has none."""
    if isa.packets is None:
        raise IsaError(f"{isa.name} has no packets")
    return isa.packets


def _show(words: tuple[int, ...]) -> str:
    return " ".join(f"{word:08x}" for word in words)
