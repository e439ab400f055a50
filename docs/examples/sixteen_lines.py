"""The shortest machine that has all: CPU, RAM, a picture of 16 lines, two buttons, a beeper."""

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import NEVER, Device, array, due, integer, out
from emucore.machine import Machine

LINE, SAMPLE, RING = 1000, 50, 1 << 12  # ticks a line, ticks a sample, samples that are kept
PROGRAM = """   ld hl,$8007             ; a dot in the eighth line
        ld (hl),$10
frame:  halt                    ; until a frame is over
        in a,(0)                ; the buttons
        ld ($8010),a            ; silence, or a beep: low, or high
        rrca
        jr nc,right
        rlc (hl)
right:  rrca
        jr nc,frame
        rrc (hl)
        jr frame
        .org $66
        ret"""


class Chip(Device):
    tick, nmi, buttons, made = due("line"), out(), integer(), integer()
    ram = array("u1", 17)  # eight dots a line, and behind them the tone
    pixels, ring = array("u1", 16, 8, output=True), array("i2", RING, output=True)

    def line(self, time: int) -> None:  # is over
        line = time // LINE - 1 & 15
        for dot in range(8):
            self.pixels[line, dot] = self.ram[line] >> (7 - dot) & 1
        for _ in range(LINE // SAMPLE):
            self.ring[self.made & RING - 1] = 8000 * (self.made * self.ram[16] >> 3 & 1)
            self.made += 1
        self.nmi, self.tick = time if line == 15 else NEVER, time + LINE

    def read(self, offset: int, time: int) -> int:
        return self.buttons


board = Board("sixteen", "Sixteen lines", clock_hz=1_000_000, frame_ticks=16 * LINE)
cpu, chip = board.cpu("cpu", isa("z80")), board.device("chip", Chip(tick=LINE))
cpu.mem.ram(0x8000, 0x8010, board.field(chip, "ram"))
cpu.mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
cpu.io.device(0, 0, chip, read="read", mirror=0xFF00)
board.wire(chip, "nmi", cpu, "nmi")
board.screen(chip, "pixels", ((0, 0, 0), (255, 255, 255)))
board.sound(chip, "ring", "made", rate=1_000_000 // SAMPLE)
board.button("left", chip, "buttons", 1, means="left")
board.button("right", chip, "buttons", 2, means="right")
machine = Machine(board)
machine.load("ram", assemble(isa("z80"), PROGRAM).image(0))
if __name__ == "__main__":
    machine.press("left")
    machine.run(frames=4)
    print(*("".join(".#"[dot] for dot in row) for row in machine.arena["chip.pixels"]), sep="\n")
