"""The commands that need no machine."""
