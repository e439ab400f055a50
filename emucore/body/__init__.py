"""What a running machine is made of."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
