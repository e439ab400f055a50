"""Where a player's things are: settings, save states, pictures.

Each is the platform's folder for its kind, unless the environment names another.
"""

from __future__ import annotations

import os
from pathlib import Path


def settings_file() -> Path:
    """The settings: in the folder ``EMUCORE_CONFIG``, or the platform's for settings."""
    return _folder("EMUCORE_CONFIG", "user_config_path") / "settings.toml"


def data() -> Path:
    """Save states and last pictures: the folder ``EMUCORE_DATA``, or the platform's for data."""
    return _folder("EMUCORE_DATA", "user_data_path")


def screenshots() -> Path:
    """Pictures that a player takes: ``emucore`` among the user's pictures, or with the data."""
    if os.environ.get("EMUCORE_DATA"):
        return data() / "screenshots"
    import platformdirs

    return platformdirs.user_pictures_path() / "emucore"


def _folder(variable: str, kind: str) -> Path:
    named = os.environ.get(variable)
    if named:
        return Path(named)
    import platformdirs

    path: Path = getattr(platformdirs, kind)("emucore", appauthor=False)
    return path
