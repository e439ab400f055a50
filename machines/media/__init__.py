"""Media from the host: what a file is, and sets of ROMs."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
