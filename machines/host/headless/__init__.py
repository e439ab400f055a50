"""Machines without a window: runs, films, terminals, engines compared."""
