"""Plans: where all of a board is in memory, and the tables that its kernel runs on."""
