"""Where things of this project are."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent.parent
SUPPORT = TESTS / "support"
ROOT = TESTS.parent
