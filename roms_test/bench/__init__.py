"""``emu bench``: how fast the engines are, on kernels and on whole machines, beside their peers."""
