"""What everything stands on: errors, files, formats.  It imports nothing of ours."""
