"""What a page of a thread consists of beyond its posts; each part knows its own tables.

``shared`` is the same for all people of an audience (same visibility tokens, same rights) and may
be kept between requests; ``own`` is one person's alone.
"""

from collections.abc import Sequence
from typing import Any

from kts.core.access import Viewer
from kts.forum.models import Post, Thread
from kts.forum.queries import following, kinds, marks, moderating, reading, writing

PARTS = (reading, kinds, marks, moderating, writing, following)


def shared(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Collect what all of the viewer's audience see alike."""
    return _merged([part.shared(viewer, thread, posts) for part in PARTS])


def own(viewer: Viewer, thread: Thread, posts: Sequence[Post]) -> dict[str, Any]:
    """Collect what this viewer alone sees; nothing for guests and audiences."""
    if not viewer.id:
        return {}
    return _merged([part.own(viewer, thread, posts) for part in PARTS])


def _merged(contexts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for context in contexts for name, value in context.items()}
