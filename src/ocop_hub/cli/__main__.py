"""``python -m ocop_hub.cli``."""

from ocop_hub.cli import main

main()
