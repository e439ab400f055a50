"""The interpreter engine: a handler for each instruction."""
