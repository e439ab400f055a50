"""``python -m emucore`` is ``emu``, which is found by its name among the installed scripts.

The command line is not this package's, and not imported by it.
"""

import sys
from importlib import metadata


def main() -> int:
    """Run ``emu`` with the process's arguments; the exit code."""
    try:
        scripts = metadata.distribution("emucore").entry_points.select(group="console_scripts")
        emu = scripts["emu"].load()
    except (metadata.PackageNotFoundError, KeyError):
        print("emu: emucore is not installed: pip install -e . in its folder", file=sys.stderr)
        return 2
    return int(emu())


if __name__ == "__main__":
    sys.exit(main())
