"""Pieces of a guest program, and the host code that is made of them."""
