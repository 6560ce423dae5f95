"""A program of its own: STEP in, triangles (binary glTF, metres) out. Run by `geometry.solid`, never imported.

The library that reads STEP is native code and the files come from strangers: a crash or a runaway ends this process.
Arguments: the STEP file, the glTF file to write, the most bytes of memory. Exit status 3 when it cannot be read.
"""

from __future__ import annotations

import resource
import sys

_DEFLECTION_MM = 0.05  # between a surface and its triangles
_TURN_RAD = 0.3


def main(source: str, target: str, memory_bytes: int) -> int:
    """Convert one file; returns the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    sys.modules["trimesh"] = None  # type: ignore[assignment]  # cascadio extends it when it is there: half a second
    import cascadio

    failed = cascadio.step_to_glb(source, target, tol_linear=_DEFLECTION_MM, tol_angular=_TURN_RAD, use_parallel=False)
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
