"""Boards that were never sold: made to try things on."""
