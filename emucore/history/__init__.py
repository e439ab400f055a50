"""States over time: saved, recorded, compared, gone back to."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
