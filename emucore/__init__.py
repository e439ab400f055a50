"""A retargetable emulator: see :mod:`machines`, and ``docs/ARCHITECTURE.md`` for what is where."""

from emucore.base.renamed import install

install(__name__, "emucore.base.old_names")
