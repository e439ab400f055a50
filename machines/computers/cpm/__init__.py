"""A CP/M 2.2 box: a processor, 64 KiB of RAM, a console, and a folder of the host as drive A.

The operating system is not a program in memory but the host's: a fetch from one of its entry
points stops the machine, and :mod:`machines.computers.cpm.bdos` answers the call.
"""

from machines.computers.cpm.box import MACHINE

__all__ = ["MACHINE"]
