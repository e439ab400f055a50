"""Plans: where all of a board is in memory, and the tables that its kernel runs on."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
