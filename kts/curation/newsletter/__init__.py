"""The newsletter: who asked for it, issues put together from what is public, sending, archive."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, what the worker does, and the choice among a person's mails."""
    from kts.core import slots
    from kts.curation.newsletter import tasks  # noqa: F401 - the worker knows them by it
    from kts.curation.newsletter.services.subscriptions import end_of_account
    from kts.curation.newsletter.views import BLUEPRINTS
    from kts.curation.newsletter.views.subscribing import own_choice

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    slots.register(app, "mail_preferences", own_choice)
    slots.register(app, "left_platform", end_of_account)
