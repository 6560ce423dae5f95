"""The text layer of a PDF, read in a process of its own: ``python -m bom.pdftext FILE PAGES`` prints a JSON object.

PDFs come from strangers and are programs of a kind: the process that reads one has limits on time and memory and is
thrown away. Printed is ``{"pages": [text, ...], "count": number}`` or ``{"error": sentence}``.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

__all__ = ["main"]

_MEMORY_BYTES = 2**30
_MAX_CHARS = 2_000_000


def main(path: str, most_pages: int) -> None:
    """Print the text of the first pages as it lies on them, columns apart."""
    _limit_memory()
    logging.disable(logging.CRITICAL)  # damaged files are told by what they give
    sys.stdout.write(json.dumps(_read(path, most_pages)))


def _read(path: str, most_pages: int) -> dict[str, Any]:
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "it is locked by a password"}
        count = len(reader.pages)
        pages = [
            reader.pages[at].extract_text(extraction_mode="layout")[:_MAX_CHARS] for at in range(min(count, most_pages))
        ]
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError) as error:
        return {"error": f"it is damaged ({type(error).__name__})"}
    except (NotImplementedError, TypeError, ValueError, MemoryError) as error:
        return {"error": f"it is damaged ({type(error).__name__})"}
    return {"pages": pages, "count": count}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
