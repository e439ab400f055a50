"""Device functions and the kernel as host code."""
