"""Keys and pads of the host, and what they mean to a machine."""
