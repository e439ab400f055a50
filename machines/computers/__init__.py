"""Machines with a keyboard."""
