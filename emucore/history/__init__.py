"""States over time: saved, recorded, compared, gone back to."""
