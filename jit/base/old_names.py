"""Where modules of version 0.1.0 are now, and what their names became: see
:mod:`emucore.base.renamed`."""

MOVED = {
    "jit.apart": "jit.base.apart",
    "jit.forks": "jit.base.forks",
    "jit.failed": "jit.base.failed",
    "jit.native": "jit.llvm.native",
    "jit.lower": "jit.llvm.lowering jit.llvm.pure_ops jit.llvm.shape jit.llvm.text",
    "jit.prelude": "jit.llvm.prelude",
    "jit.slots": "jit.llvm.dispatch_table",
    "jit.cache": "jit.store.cache",
    "jit.private": "jit.store.private",
    "jit.fingerprint": "jit.store.fingerprint",
    "jit.devices": "jit.devices.compile",
    "jit.frontend": "jit.devices.numba_frontend",
    "jit.widen": "jit.devices.numba_widen",
    "jit.written": "jit.devices.stores",
    "jit.handlers": (
        "jit.interpreter.handlers jit.interpreter.threaded jit.interpreter.looped"
        " jit.interpreter.module"
    ),
    "jit.packets": "jit.interpreter.packet_handlers",
    "jit.met": "jit.interpreter.packet_table",
    "jit.interp": "jit.interpreter.engine",
    "jit.region": "jit.regions.region",
    "jit.budget": "jit.regions.budget",
    "jit.flags": "jit.regions.lazy_flags",
    "jit.plain": "jit.regions.memory_map",
    "jit.placing": "jit.regions.memory_access",
    "jit.translate": "jit.regions.translate jit.regions.translator jit.regions.runs",
    "jit.counted": "jit.regions.counting",
    "jit.heat": "jit.tiers.heat",
    "jit.program": "jit.tiers.program",
    "jit.morph": "jit.tiers.translation",
    "jit.morphed": "jit.tiers.translated_cpu",
    "jit.shelf": "jit.tiers.translation_store",
    "jit.engine": "jit.tiers.engine",
    "jit.xray": "jit.xray.page",
}

RENAMED: dict[str, str] = {
    "jit.met.Handlers": "PacketHandlers",
    "jit.plain.Plain": "MemoryMap",
    "jit.placing.Placing": "MemoryAccess",
    "jit.program.Program": "GuestProgram",
    "jit.morphed.MorphedCpu": "TranslatedCpu",
    "jit.shelf.Shelf": "TranslationStore",
}
