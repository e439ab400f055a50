"""A player's things: settings, folders, saved states, what was played."""
