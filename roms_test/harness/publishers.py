"""Where suites come from: none is ours, and each is got by name from those who publish it."""

from __future__ import annotations

#: Of each suite: who publishes it, and under what terms.
PUBLISHERS = {
    "single-step/z80": "SingleStepTests/z80 on GitHub (MIT)",
    "single-step/6502": "SingleStepTests/65x02 on GitHub, of Tom Harte's ProcessorTests (MIT)",
    "fuse-z80": "FUSE, the Free Unix Spectrum Emulator: its z80/tests (GPL-2)",
    "cpm": "TST8080, 8080PRE, CPUTEST (altairclone.com); Frank Cringle's PRELIM, ZEXDOC (YAZE)",
    "z80test": "raxoft/z80test on GitHub, by Patrik Rak (MIT)",
    "klaus6502": "Klaus2m5/6502_65C02_functional_tests on GitHub, by Klaus Dormann (GPL-3)",
    "riscv": "riscv-software-src/riscv-tests on GitHub, built with -p (BSD)",
}
