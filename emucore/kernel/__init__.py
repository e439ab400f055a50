"""The machine kernel: see :mod:`emucore.kernel.kernel`."""
