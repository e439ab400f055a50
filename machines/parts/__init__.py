"""Chips that more than one board has."""
