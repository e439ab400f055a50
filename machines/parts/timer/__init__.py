"""Chips that wait."""
