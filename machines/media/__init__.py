"""Media from the host: what a file is, and sets of ROMs."""
