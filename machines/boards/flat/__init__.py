"""A CPU of one's choice, RAM over all of its program space, and a console: nothing else.

It is what one opens first, and what a CPU is debugged with:

    emu run flat --cpu z80                       # a program that prints a line
    emu run flat lesson.asm --cpu 6502           # assembled as it is loaded
    emu run flat prog.bin --cpu 8080 --set load=0x100
    emu run flat prog.elf --cpu rv32

The console is the same on every CPU, by two registers of a byte each:

    data       write: print a character       read: the next one typed, 0 if there is none
    control    write: end with that status    read: how many are typed and not yet read

Where the CPU has ports, they are ports 0 and 1; elsewhere they are 256 and 252 bytes below the
memory's end: FF00 and FF04 on a CPU of 16 address bits, ``-256(zero)`` and ``-252(zero)`` on
RISC-V.  The Return key is 13.  A program that reads *data* in a loop waits for a key, as machine
and host see it; one that has other things to do looks at *control* first.

The program ends, exactly there, when it writes to *control*, and when nothing can happen any more:
an instruction that leaves the program counter and all registers as they were, such as a jump to
itself or what a halted CPU does in its place.  (Nothing interrupts it.)  On the 6502 BRK leads to
such a jump; on RISC-V ``ebreak`` does, ``ecall`` with 93 in a7 ends with the status in a0, as Linux
has it, and any other trap that the program does not handle is status 1.

>>> import machines
>>> machine = machines.load("flat", cpu="z80")
>>> machine.run(frames=1)                            # it ended before the frame did
0
>>> machine.console.text, machine.status
('Hello from a Z80.\\n', 0)
>>> machine.reset()
>>> machine.step(2)
2
>>> machine.disassemble(count=2)[0].text, machine.cpus["cpu"].hl
('or a', 13)
"""

from machines.boards.flat.build import MACHINE

__all__ = ["MACHINE"]
