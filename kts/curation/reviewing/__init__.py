"""Reviews before publication: comments on passages, approval by one or two people, rules.

``docs/reviews.md`` has the states and who leads from one to the next.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the policies, the desk's kind, and what other features ask of reviews."""
    from kts.core import access
    from kts.curation.reviewing import held, policies, slots, telling, work
    from kts.curation.reviewing.views import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.register(app, policies)
    slots.register(app)
    telling.init_app(app)
    work.register()
    held.register()
