"""What commands other than moves say: heaters, fans, tools, homing, units."""

from __future__ import annotations

from dataclasses import dataclass, field

from gcode.heating import HeaterEvent
from gcode.words import Block

__all__ = ["NOTED", "Notes"]

_HOTEND = {"M104", "M109"}
_BED = {"M140", "M190"}
_WAITS = {"M109", "M190"}
NOTED = _HOTEND | _BED | {"M3", "M4", "M6", "M106", "G20", "G28"}
"""Commands that are noted, besides T."""
_MAX_EVENTS = 10_000  # of heaters; a temperature tower has a hundred


@dataclass(slots=True)
class Notes:
    """Gathered block by block.

    Attributes:
        hotend_c, bed_c: highest targets.
        first_layer_hotend_c, first_layer_bed_c: targets in force when the first filament is laid.
        spindle: whether M3 or M4 was met.
        max_fan: highest S of M106, 0 to 255.
        inches: whether G20 was met.
        homings: how often G28 was.
        tools: numbers in order of first use.
        tool: the one in use.
        tool_changes: how often it changed after its first choice.
        heater_events: in order.
        printing: whether filament has been laid; set by who follows the moves.
    """

    hotend_c: float | None = None
    bed_c: float | None = None
    first_layer_hotend_c: float | None = None
    first_layer_bed_c: float | None = None
    spindle: bool = False
    max_fan: float | None = None
    inches: bool = False
    homings: int = 0
    tools: dict[int, None] = field(default_factory=dict)
    tool: int = 0
    tool_changes: int = 0
    heater_events: list[HeaterEvent] = field(default_factory=list)
    printing: bool = False

    def take(self, block: Block, at: int) -> None:
        """Note a block's commands; `at` counts the moves and dwells before it."""
        for command in block.commands:
            if command in _HOTEND or command in _BED:
                self._heat(command, block, at)
            elif command in {"M3", "M4"}:
                self.spindle = True
            elif command == "M106":
                self._fan(block)
            elif command == "G20":
                self.inches = True
            elif command == "G28":
                self.homings += 1
            elif command[0] == "T":
                self._choose(int(float(command[1:])))
            elif command == "M6" and block.value("T") is not None:
                self._choose(int(block.value("T") or 0))

    def _fan(self, block: Block) -> None:
        speed = block.value("S")
        self.max_fan = max(self.max_fan or 0.0, 255.0 if speed is None else speed)

    def _choose(self, tool: int) -> None:
        if self.tools and tool != self.tool:
            self.tool_changes += 1
        self.tool = tool
        self.tools.setdefault(tool)

    def _heat(self, command: str, block: Block, at: int) -> None:
        target = block.value("S")
        target = block.value("R") if target is None else target
        if command in _BED:
            heater = "bed"
            self.bed_c = _higher(self.bed_c, target)
            if not self.printing and target:
                self.first_layer_bed_c = target
        else:
            which = block.value("T")
            heater = f"hotend T{self.tool if which is None else int(which)}"
            self.hotend_c = _higher(self.hotend_c, target)
            if not self.printing and target:
                self.first_layer_hotend_c = target
        if len(self.heater_events) < _MAX_EVENTS:
            self.heater_events.append(HeaterEvent(at, heater, target, command in _WAITS))


def _higher(known: float | None, value: float | None) -> float | None:
    return known if value is None else max(known or 0.0, value)
