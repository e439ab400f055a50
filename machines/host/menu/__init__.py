"""The menu: its model, and its pages."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
