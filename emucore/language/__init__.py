"""The language in which a CPU is described: registers, values, what an instruction does."""
