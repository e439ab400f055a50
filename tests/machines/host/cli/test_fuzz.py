"""Files made wrong in every way: refused in one line, or taken without harm."""

from __future__ import annotations

import pytest
from fuzzing import CASES, MEMORY, fuzz

SHORT, LONG = 300, 100_000


def check(kind: str, cases: int) -> None:
    counts, peak = fuzz(kind, range(cases))
    assert sum(counts.values()) == cases
    assert counts["refused"] > cases / 3
    assert counts["taken"] > cases / 50  # what is not seen to be wrong must be harmless
    assert peak < MEMORY / 4


@pytest.mark.parametrize("kind", CASES)
def test_fuzzed_files(kind: str) -> None:
    check(kind, SHORT)


@pytest.mark.long
@pytest.mark.parametrize("kind", CASES)
def test_many_fuzzed_files(kind: str) -> None:
    check(kind, LONG)
