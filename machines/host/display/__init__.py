"""A machine's picture on the host's display, and what is written over it."""
