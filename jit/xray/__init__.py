"""What became of hot code, to be looked at."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
