"""Which test process runs what: one has all browser tests, so that one site and browser do.

The marks of ``--dist loadgroup`` have no effect with pytest 9.2 (pytest-dev/pytest-xdist#1386);
giving xdist a scheduler is the way that stays.
"""

from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser/"


class OneBrowser(LoadScopeScheduling):
    """Hands out browser tests as one piece of work, and each other test alone."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid
