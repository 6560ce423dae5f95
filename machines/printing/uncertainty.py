"""How sure an estimate is: the error of each role, weighed by its share.

The figures are spreads (one standard deviation) of each role's seconds about a slicer's, taken so that the interval
holds nine times in ten on 129 parts in six profiles; roles err independently, and what is common to all stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from machines.printing.roles import Role

__all__ = ["spread"]

_ROLE = {
    Role.EXTERNAL_WALL: 0.03,
    Role.INNER_WALL: 0.03,
    Role.SOLID: 0.11,
    Role.TOP: 0.2,
    Role.BRIDGE: 0.4,
    Role.SPARSE: 0.1,
    Role.SUPPORT: 0.25,
    Role.SUPPORT_INTERFACE: 0.4,
    Role.SKIRT: 0.1,
    Role.TRAVEL: 0.25,
    Role.RETRACTION: 0.35,
}
_THIN = 0.2  # of walls where there is no room for all lines
_COMMON = 0.03
_NINE_IN_TEN = 1.645  # standard deviations each way


def spread(role_s: Mapping[Role, float], thin_share: float) -> float:
    """Half the width of the 90 % interval, as a share of the time.

    Args:
        role_s: seconds by role.
        thin_share: of the walls that find no room beside the contours, 0 to 1.
    """
    total = sum(role_s.values())
    walls = role_s.get(Role.EXTERNAL_WALL, 0.0) + role_s.get(Role.INNER_WALL, 0.0)
    parts = [_ROLE[role] * seconds / total for role, seconds in role_s.items()]
    parts += [_COMMON, _THIN * thin_share * walls / total]
    return _NINE_IN_TEN * math.sqrt(sum(each * each for each in parts))
