"""Finding: an engine-neutral index of what the features give, and the pages that search it."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages and the labels; outbox and tasks register themselves."""
    from kts.core import stamps
    from kts.core.shared_pages import Shelf
    from kts.search import clicks, learning, outbox, tasks, views  # noqa: F401
    from kts.search.models import Synonym
    from kts.search.views.results import KEPT_BYTES

    app.register_blueprint(views.blueprint)
    app.register_blueprint(clicks.blueprint)
    app.extensions["kts_hits_shelf"] = Shelf(KEPT_BYTES)
    stamps.watch(Synonym, lambda _synonym: ["synonyms"], bulk=["synonyms"])
