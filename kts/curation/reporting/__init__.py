"""Reports of content: receipt, decision with reasons, measures, objection, house rules, figures.

What the Digital Services Act (Regulation (EU) 2022/2065) asks of a platform; ``docs/reports.md``
says which paragraph asks for what.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Bind the pages, the policies, and the door that measures on persons keep shut."""
    from kts.core import access
    from kts.curation.reporting import policies, restrictions, tasks, telling, work  # noqa: F401
    from kts.curation.reporting.views import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.register(app, policies)
    restrictions.init_app(app)
    telling.init_app(app)
    work.register()
