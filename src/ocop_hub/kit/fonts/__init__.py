"""The typeface of pictures drawn on the server: Noto Sans, cut down to Vietnamese and English letters.

A bare machine has no fonts, and the one inside vl-convert lacks Vietnamese. Licence: ``OFL.txt``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import vl_convert

#: For SVG: viewers without Noto take the next.
FONT_FAMILY = "Noto Sans, Arial, Helvetica, sans-serif"


@cache
def register_fonts() -> None:
    """Let vl-convert know the typeface; once per process, before the first drawing."""
    vl_convert.register_font_directory(str(Path(__file__).parent))
