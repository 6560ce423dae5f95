"""Where compiled functions keep their state: places in arrays of float64."""

from __future__ import annotations

from gcode.limits import MotionLimits

__all__ = ["limits_vector"]

# A line that compiled functions leave to the plain ones, one without a command, one whose argument is text.
HARD, NO_COMMAND, TEXT = -2, -1, -3
M, T = 10_000, 20_000  # G38.2 is 382, M104 is M + 1040

# The modal state.
POSITION, SHIFT = 0, 4  # X Y Z E each
ABSOLUTE, ABSOLUTE_E, UNIT, PLANE, MOTION, FEED, POWER, TOOL_ON, GRBL = range(8, 17)
RETRACT_S, RECOVER_S = 17, 18
PRINT_ACC, TRAVEL_ACC, RETRACT_ACC = 19, 20, 21  # M204; 0 is not set
STOPPED, DWELL_S = 22, 23  # whether the machine rests before the next move, and seconds of all dwells so far
STATE_SIZE = 24

# A move: where it ends (X Y Z E), and what holds for it. A jump sets the position and moves nothing.
END = 0
MOVE_FEED, MOVE_POWER, MOVE_ACC, SORT, AFTER_REST = 4, 5, 6, 7, 8
MOVE_SIZE = 9
FED_MOVE, RAPID, JUMP = 0.0, 1.0, 2.0  # SORT

# The move before: where it ended, then as the planner sees it.
AT, BEFORE_UNIT, BEFORE_SPEED, BEFORE_ACC, BEFORE_REST, RESTED = 0, 4, 8, 9, 10, 11
BEFORE_SIZE = 12

# A machine's limits: X Y Z E each, then single values.
SPEED, ACCELERATION, JERK = 0, 4, 8
BY_JERK, DEVIATION, OWN_PRINT_ACC, OWN_TRAVEL_ACC, OWN_RETRACT_ACC, MIN_PRINT, MIN_TRAVEL, RAPIDS_OBEY = range(12, 20)

# What is gathered from moves.
LOW, HIGH, ANY = 0, 3, 6
WORK_LOW, WORK_HIGH, ANY_WORK = 7, 10, 13
MAX_POWER, EXTRUDES, PLUNGES, WORK_MM, TRAVEL_MM, WORK_FEED, TRAVEL_FEED = range(14, 21)
HEIGHTS, FILAMENT, FILAMENT_MOST, FED = range(21, 25)
FROM = 25  # where the next move begins, X Y Z E
GATHERED_SIZE = 29

# What is gathered from other commands.
MAX_FAN, SPINDLE, INCHES = range(3)
SEEN_SIZE = 3

# A segment, as the planner takes it.
LENGTH, TOP_SPEED, TOP_ACC, ENTRY, REST = range(5)
SEGMENT_SIZE = 5


def limits_vector(limits: MotionLimits, *, rapids_obey_feed: bool) -> list[float]:
    """The limits in the order above."""
    return [
        *limits.max_speed_mm_s,
        *limits.acceleration_mm_s2,
        *(limits.jerk_mm_s or (0.0, 0.0, 0.0, 0.0)),
        float(limits.jerk_mm_s is not None),
        limits.junction_deviation_mm,
        limits.print_acceleration_mm_s2 or 0.0,
        limits.travel_acceleration_mm_s2 or 0.0,
        limits.retract_acceleration_mm_s2 or 0.0,
        limits.min_print_speed_mm_s,
        limits.min_travel_speed_mm_s,
        float(rapids_obey_feed),
    ]
