"""The typeface of pictures drawn on the server: Noto Sans, cut down to Vietnamese and English letters.

A bare machine has no fonts, and the one inside vl-convert lacks Vietnamese. Licence: ``OFL.txt``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

#: For SVG: viewers without Noto take the next.
FONT_FAMILY = "Noto Sans, Arial, Helvetica, sans-serif"


@cache
def register_fonts() -> None:
    """Let vl-convert know the typeface; once per process, before the first drawing."""
    import vl_convert  # brings a browser's engine: loaded where something is drawn, not in a web process at rest

    vl_convert.register_font_directory(str(Path(__file__).parent))
