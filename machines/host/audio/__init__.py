"""A machine's sound on the host's loudspeaker."""
