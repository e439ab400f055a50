"""Compiled code on disk: its names, its folder, and who may write there."""
