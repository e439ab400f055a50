"""A machine's sound on the host's loudspeaker."""

from emucore.base.renamed import names_of

__getattr__ = names_of(__name__)
