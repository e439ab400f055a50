"""Machines that took coins."""
