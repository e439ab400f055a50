"""Machines without a window: runs, films, terminals, engines compared."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
