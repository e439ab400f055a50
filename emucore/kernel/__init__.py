"""What runs between the CPUs of a board: bus, lines, events; as Python, and compiled."""
