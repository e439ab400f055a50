"""The words that the machine kernel works on: its header, each CPU's, and the rows of its tables.

Tables are rows of words built by :mod:`emucore.plan.tables`; a ``*_ROW`` constant is a row's
length, and the other constants of a block are its columns.  A *word* is an index of ``m.q``, the
arena as 64-bit words; a *byte* one of ``m.b``, the arena as bytes.
"""

from __future__ import annotations

from emucore.ir.ops import KINDS

# The header, at word 0 of the arena: lengths and places of the tables.
CPUS, CPU_TABLE, EVENTS, EVENT_TABLE, WIRES, WIRE_TABLE, BANKS, BANK_TABLE = range(8)
CATCHES, CATCH_TABLE, STOP, QUANTUM = range(8, 12)
# For an engine that translates: YIELD asks `run` to return, PROGRAM is the distance from a byte of
# memory to the byte that marks it as translated (0: none are), CHANGED that one was written.
YIELD, PROGRAM, CHANGED = range(12, 15)
# HOOK: the index + 1 of the CPU that has stopped in front of a hooked instruction.  RESUME: that of
# the one that goes on first, with the rest of its budget, as if it had not stopped.
HOOK, RESUME = range(15, 17)
# FAULT: the number + 1 of a device function that has gone beyond an array, or -1 where lines never
# come to rest, at time FAULT_TIME.
FAULT, FAULT_TIME = range(17, 19)
# HITS: accesses to hooked memory that nobody has been told of yet, rows of HIT_TABLE (what is more
# than HIT_MOST is counted alone).
HITS, HIT_TABLE = range(19, 21)
# HEED: not 0 where a device function has gone wrong, or has changed what the kernel must heed (a
# line, a due time, the register of a bank): the device's row + 1, or MANY.
HEED, DEVICE_TABLE, PEND_TABLE = range(23, 26)
# The frame: where it is counted (word), when the present one ends (word), the count at which `run`
# returns (NEVER: at none), ticks a frame (0: the video says when it ends), and the number of the
# frame from which on all are drawn.
FRAME, FRAME_ENDS, FRAME_GOAL, FRAME_TICKS, FRAME_DRAWS = range(26, 31)
# Who ends a frame: function and device (byte); -1 for none.
FRAME_FUNCTION, FRAME_DEVICE = range(31, 33)
# Words that are 1 in a frame that is drawn: their number, and the table of them.
DRAWN, DRAWN_TABLE = range(33, 35)
# NESTED: how many CPUs are amid an access, and are waited for by one that runs.
NESTED = 35
# For compiled device functions: the bus's functions for a device as a master.
PORT_READ, PORT_WRITE = range(36, 38)
# The host's function that calls hooks amid a run.
HOST_CALL = 38
# Where samples are counted (word; -1: none are made), and that count when the last frame began and
# when the present one did.
SOUND_COUNT, SOUND_LAST, SOUND_BEGUN = range(40, 43)
# The word that is 1 in a frame that is not drawn.
UNSEEN = 43
# When the present frame began (word; -1: it follows from its number).
FRAME_BEGINS = 39
HEADER_WORDS = 46

#: HEED of several devices.
MANY = -1

# A CPU's own header, at its base: the only part whose layout compiled code knows.
DEADLINE, ARENA, CALLS, BUS_READ, BUS_WRITE, CPU_INDEX, AFTER, CPU_ENTRY = range(8)
# Of an engine that translates: MARKS points at the mark of the CPU's own base, a byte for each
# granule of memory, not 0 where translated code lies; BYTE_MARKS is the same with a mark for each
# byte; from address OPEN on, the next OPEN_SIZE bytes have none.
MARKS, BYTE_MARKS, OPEN, OPEN_SIZE = range(8, 12)
# HOOKS points at a byte for each address (or for all that share it), not 0 where hooks may be; the
# hooks of the boundary at which the CPU goes on have been called if its pc is PASSED.
HOOKS, PASSED = range(12, 14)
# Of a VLIW: PACKETS points at a table of those it has met (an engine's); MISSED is 1 if it has
# stopped behind the boundary routine, in front of one that it has not.
PACKETS, MISSED = range(14, 16)
# BEGAN: the pc at the boundary where the present instruction began, while memory has hooks.
BEGAN = 16
# ATTENDED: the cycle that the instruction which a cut ends asked to attend at; NEVER if it did not.
ATTENDED = 17
# EXACT: 1 while all its pages are SLOW, as others may take cycles from it; it runs with EXACT_CALLS
# for CALLS then: one instruction after the other, each with all its accesses.
EXACT, EXACT_CALLS = range(18, 20)
# CUT: 1 if an engine's need has cut its turn short, which would have had until cycle UNTIL.
CUT, UNTIL = range(20, 22)
NOWHERE = -1
CPU_HEADER_WORDS = 24

# CPU table: base (word), master ticks a cycle, clock register (word), row of its first space, row
# of its first input line, number of those; first row of those who take cycles from it, and their
# number; its spaces' number; a bit for each CPU that may drive a line of it.
(
    CPU_BASE,
    CPU_DIVIDER,
    CPU_CLOCK,
    CPU_SPACES,
    CPU_LINES,
    CPU_LINE_COUNT,
    CPU_STEALS,
    CPU_STEAL_COUNT,
    CPU_SPACE_COUNT,
    CPU_DRIVERS,
    CPU_ROW,
) = range(11)

# Input line of a CPU: its register (word), the latch of the wire to it (word; -1: none), where the
# assertion before began (word; -1: not kept).
LINE_REGISTER, LINE_LATCH, LINE_SINCE, LINE_ROW = range(4)

# A space, as one master sees it: first range row (word), number of ranges, address mask, value of
# unmapped reads, page bits, read table and write table (words), 1 if the byte at the lowest address
# is the highest, first row of hooked addresses (word) and their number, first words of the two
# tables as they are while no hook or arbiter has made pages SLOW, the shift of an address that
# gives its entry in the table of first rows, that table (word), and the master: a CPU's index, -1
# for a device.
(
    SPACE_RANGES,
    SPACE_COUNT,
    SPACE_MASK,
    SPACE_OPEN,
    SPACE_PAGE_BITS,
    SPACE_READS,
    SPACE_WRITES,
    SPACE_BIG_ENDIAN,
    SPACE_HOOKED,
    SPACE_HOOKS,
    SPACE_FIRST_BITS,
    SPACE_FIRSTS,
    SPACE_PAGES,
    SPACE_KEPT_READS,
    SPACE_KEPT_WRITES,
    SPACE_CPU,
    SPACE_BASE,
    SPACE_ROW,
) = range(18)

# Hooked addresses, of which reads (1), writes (2) or both (3) are told; a space has so many rows.
HOOKED_START, HOOKED_END, HOOKED_WAYS, HOOKED_ROW = range(4)
HOOKED_MOST = 64
READS, WRITES = 1, 2

# A hit: CPU, space, way, kind, address, width, value (low and high 32 bits), clock, pc.
(
    HIT_CPU,
    HIT_SPACE,
    HIT_WAY,
    HIT_KIND,
    HIT_ADDRESS,
    HIT_WIDTH,
    HIT_LOW,
    HIT_HIGH,
    HIT_CLOCK,
    HIT_PC,
    HIT_ROW,
) = range(11)
#: More accesses than any instruction makes.
HIT_MOST = 128

# A range of addresses.  KIND says what answers; READ and WRITE are -1 where it does not answer
# reads or writes, and a device's functions.  Waits come before the access: WAITS in CPU cycles, and
# what the function WAIT of the device at WAIT_DEVICE (byte) gives.  SHARED: another CPU reaches it
# too.
(
    RANGE_START,
    RANGE_END,
    RANGE_MASK,
    RANGE_KIND,
    RANGE_TARGET,
    RANGE_SIZE,
    RANGE_READ,
    RANGE_WRITE,
    RANGE_WAITS,
    RANGE_WAIT,
    RANGE_WAIT_DEVICE,
    RANGE_SHARED,
    RANGE_ROW,
) = range(13)
#: TAPPED: a device that is told kind and width too.  WATCH: one that writes only pass by.  OFF: a
#: bank that is switched off.
ROM, RAM, DEVICE, TAPPED, WATCH, OFF = range(6)

# Event: word of `due`, function number, byte offset of the device.
EVENT_DUE, EVENT_FUNCTION, EVENT_DEVICE, EVENT_ROW = range(4)

# Catch-up: function number, byte offset of the device.
CATCH_FUNCTION, CATCH_DEVICE, CATCH_ROW = range(3)

# Device: rows of wires that it drives (a word of the table of links, and their number), of banks
# that it chooses, of events that it has; a bit for each CPU that it takes cycles from.
(
    DEVICE_WIRES,
    DEVICE_WIRE_COUNT,
    DEVICE_BANKS,
    DEVICE_BANK_COUNT,
    DEVICE_EVENTS,
    DEVICE_EVENT_COUNT,
    DEVICE_STOLEN,
    DEVICE_ROW,
) = range(8)

# Wire: destination word; whose it is: a CPU's index, HOST, LEVEL (a line of a device) or VALUE (a
# number that a device is told); edge latch word (-1: level); words for where the assertion before
# began and ended (-1: not kept); functions of the device at DEVICE (byte) that an edge or a new
# value calls (-1: none); sources.  A CPU's latch holds the time at which its wire was asserted;
# NEVER while it is not; and ~time of an edge that is yet to come, or has come and is yet to reach
# the CPU.  A device's latch is the due time of an edge that is yet to come.
(
    WIRE_TO,
    WIRE_CPU,
    WIRE_LATCH,
    WIRE_SINCE,
    WIRE_UNTIL,
    WIRE_RISES,
    WIRE_FALLS,
    WIRE_DEVICE,
    WIRE_SOURCES,
    WIRE_FROM,
) = range(10)
WIRE_MOST = 6
WIRE_ROW = WIRE_FROM + WIRE_MOST
HOST, LEVEL, VALUE = -1, -2, -3

# Bank: its register (word), what is shown now (word of its own row), byte offset of bank 0, bytes a
# bank, number of banks, range row (word), kind of the range while it is shown, word that is 0 while
# the window is switched off (-1: it never is), first row of its runs of pages and their number.
(
    BANK_REGISTER,
    BANK_SHOWN,
    BANK_MEMORY,
    BANK_SIZE,
    BANK_COUNT,
    BANK_RANGE,
    BANK_KIND,
    BANK_ENABLE,
    BANK_RUNS,
    BANK_RUN_COUNT,
    BANK_READ,
    BANK_WRITE,
    BANK_ROW,
) = range(13)

# A run of page-table entries that a bank fills: first word of it as the CPU sees it, and as it is
# without hooks and arbiters; how many; what is to be added to where the bank lies (mirrored pages
# are runs of their own); SPACE row (word).
RUN_LIVE, RUN_KEPT, RUN_COUNT, RUN_DELTA, RUN_SPACE, RUN_ROW = range(6)

# Who takes cycles from a CPU: when it next wants the bus (word), function, device (byte).
STEAL_WANTS, STEAL_FUNCTION, STEAL_DEVICE, STEAL_ROW = range(4)
#: Cycles before that in which a CPU's instructions are run one by one: none is longer.
STEAL_AHEAD = 64

# An access of a CPU to what others reach too: FREE, WAITING, or DONE by another; its time, SPACE
# row and range row (words), address, kind and width, value, whether it writes, its clock, result.
(
    PEND_STATE,
    PEND_TIME,
    PEND_SPACE,
    PEND_RANGE,
    PEND_ADDRESS,
    PEND_HOW,
    PEND_VALUE,
    PEND_WRITING,
    PEND_CLOCK,
    PEND_RESULT,
    PEND_ROW,
) = range(11)
FREE, WAITING, DONE = range(3)

# A bus port of a device: bytes from the port to the arena's begin, SPACE row (word).
PORT_ARENA, PORT_SPACE, PORT_WORDS = range(3)

#: A page-table entry that sends the access to the bus.  Others are even.
SLOW = 1

#: Kinds of access that bring a program's bytes: executing is not reading.
FETCH, OPERAND = KINDS.index("fetch"), KINDS.index("operand")
READ, WRITE = KINDS.index("read"), KINDS.index("write")
#: No access: between two instructions of a CPU that makes none.
IDLE = len(KINDS)

#: Kind and width of an access in the offset that a TAPPED device is given.
TAP_KIND, TAP_WIDTH = 40, 48
