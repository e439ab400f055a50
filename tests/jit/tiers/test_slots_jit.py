"""A program in a slot that a CPU runs: changed, what was translated of it is no more."""

from __future__ import annotations

import pytest
from media_boards import Deck
from test_jit import eager, engine_of, run_translating
from test_lockstep import differences

from emucore.assembler import assemble
from emucore.base.medium import Medium
from emucore.board import Board, BoardError
from emucore.cpus.i8080 import i8080
from emucore.device import Device, bus
from emucore.machine import Machine
from jit.llvm.native import threaded

__all__ = ["eager"]  # the fixture

CALLER = """
        org 0
        lxi sp, 9000h
        lxi h, 0
again:  call 4000h
        shld 8000h
        jmp again
"""


def overlay(seed: int) -> Medium:
    """A routine that adds *seed* to HL, in turns of its own."""
    source = f" org 4000h\n mvi b, {20 + seed}\nx: lxi d, {seed}\n dad d\n dcr b\n jnz x\n ret\n"
    return Medium(assemble(i8080, source).image(0x4000), f"overlay{seed}", "cartridge")


def with_overlay(*, as_ram: bool = False) -> Machine:
    """A machine that runs what is in its slot."""
    made = Board("overlay", "A program in a slot", 1_000_000, frame_ticks=20_000)
    cpu, deck = made.cpu("cpu", i8080), made.device("deck", Deck())
    cpu.mem.rom(0x0000, 0x3FFF, made.rom("rom", 0x4000))
    show = cpu.mem.ram if as_ram else cpu.mem.rom
    show(0x4000, 0x4FFF, made.field(deck, "content"))
    cpu.mem.ram(0x8000, 0xFFFF, made.ram("ram", 0x8000))
    made.slot("pack", deck, "cartridge")
    return Machine(made, {"rom": assemble(i8080, CALLER).image()})


@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
def test_a_program_in_a_slot_is_run_anew_when_it_is_changed() -> None:
    """What an engine has translated of the one before is not the new one's."""
    plain, translated = with_overlay(), with_overlay()
    plain.use("interp")
    engine = engine_of(translated)
    end = 0
    for seed in (1, 2, 3, 1):
        for made in (plain, translated):
            made.insert("pack", overlay(seed))
            run_translating(made, end + 60_000, 2000)
        end += 60_000
        assert differences(plain, translated) == []
    assert engine.counts["translated"] + engine.counts["from_disk"] > 0


def test_content_that_a_cpu_could_write_is_refused() -> None:
    with pytest.raises(BoardError, match=r"deck\.content is mapped as RAM: map it as ROM"):
        with_overlay(as_ram=True)


class Blitter(Device):
    """Writes memory by itself."""

    mem = bus(16)


def test_content_that_a_device_could_write_is_refused() -> None:
    made = Board("overlay", "A blitter and a slot", 1_000_000, frame_ticks=20_000)
    made.cpu("cpu", i8080)
    blitter, deck = made.device("blitter", Blitter()), made.device("deck", Deck())
    blitter.mem.ram(0x4000, 0x4FFF, made.field(deck, "content"))
    made.slot("pack", deck, "cartridge")
    with pytest.raises(BoardError, match=r"deck\.content is mapped as RAM: map it as ROM"):
        Machine(made, {})
