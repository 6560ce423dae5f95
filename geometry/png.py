"""PNG images, written.

Source: W3C PNG specification, third edition: 5 (chunks), 9.2 (filter type 0), 11.2.1 (greyscale with alpha).
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

__all__ = ["png_bytes"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY_AND_ALPHA = 4


def png_bytes(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The image as a PNG file.

    Args:
        pixels: grey and alpha, 0 to 255, shape (height, width, 2), the top row first.
    """
    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _GREY_AND_ALPHA, 0, 0, 0)
    rows = np.concatenate((np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)), axis=1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
