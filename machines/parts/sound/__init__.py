"""Chips that sound."""
