"""Where the third-party suites are: ``pytest --suites DIR``, or the environment's EMU_SUITES.

And no test's background jobs go on into the next one's.  Tests import helpers, and each other, by
their own names, wherever they lie below this folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
sys.path += sorted({str(path.parent) for path in TESTS.rglob("*.py")})

from background import settle  # noqa: E402 - it lies in one of those


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--suites", default=os.environ.get("EMU_SUITES"), help="folder of test suites")


@pytest.fixture(scope="session")
def suites(request: pytest.FixtureRequest) -> Path:
    """The folder of suites; tests that need it are skipped, by name, where there is none."""
    folder = request.config.getoption("--suites")
    if not folder or not Path(folder).is_dir():
        pytest.skip("no test suites: give --suites DIR or set EMU_SUITES")
    return Path(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """What a test has begun ends with it, while its settings hold."""
    settle()
