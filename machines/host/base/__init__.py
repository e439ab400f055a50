"""What the host offers: SDL, pictures in files, signals, a line of progress."""
