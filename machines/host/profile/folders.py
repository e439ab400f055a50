"""Where a player's things are: settings, save states, pictures.

Each is the platform's folder for its kind, unless the environment names another.
"""

from __future__ import annotations

import os
from pathlib import Path

from emucore.base.files import user_folder


def settings_file() -> Path:
    """The settings: in the folder ``EMUCORE_CONFIG``, or the platform's for settings."""
    return user_folder("EMUCORE_CONFIG", "config") / "settings.toml"


def data() -> Path:
    """Save states and last pictures: the folder ``EMUCORE_DATA``, or the platform's for data."""
    return user_folder("EMUCORE_DATA", "data")


def screenshots() -> Path:
    """Pictures that a player takes: ``emucore`` among the user's pictures, or with the data."""
    if os.environ.get("EMUCORE_DATA"):
        return data() / "screenshots"
    return user_folder("", "pictures") / "emucore"
