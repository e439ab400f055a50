"""Chips that compute."""
