"""The reference engine: a machine run by Python alone, one micro-op after another."""
