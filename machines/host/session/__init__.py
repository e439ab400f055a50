"""A machine being played."""
