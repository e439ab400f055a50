"""The reference engine: a machine run by Python alone, one micro-op after another."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
