"""Who hears about what: notifications in the site, and how closely people follow things."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the count in the header and the menu of levels."""
    from kts.notifications import mailing, queries  # noqa: F401 - mailing registers with the worker
    from kts.notifications.mail_views import mails
    from kts.notifications.views import following, notifications

    app.register_blueprint(notifications)
    app.register_blueprint(mails)
    app.register_blueprint(following)
    app.jinja_env.globals["unread_notifications"] = queries.unread_count
    app.jinja_env.globals["follow_choice_for"] = queries.choice_for
