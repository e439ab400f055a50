"""What became of hot code, to be looked at."""
