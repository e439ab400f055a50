"""Where machines meet people and files: windows, terminals, headless runs, the command line."""
