"""``python -m kts`` is ``kts``."""

from kts.cli import main

main()
