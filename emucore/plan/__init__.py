"""Where everything of a board is in memory, and the tables that the kernel runs on."""
