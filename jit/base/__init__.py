"""What all of it relies on where processes fork, signals come, and compiling fails."""
