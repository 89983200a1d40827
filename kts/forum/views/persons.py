"""What somebody wrote, on her own page; filled through a slot."""

from typing import Any

from flask import render_template
from flask_login import current_user
from markupsafe import Markup

from kts.core.text import excerpt, plain_text
from kts.forum.queries.persons import recent_posts


def person_posts(person: Any) -> Markup:
    """Give the newest posts of a person that the viewer may read; empty for none."""
    rows = [
        (thread, post, excerpt(plain_text(post.html)))
        for thread, post in recent_posts(current_user, person.id)
    ]
    if not rows:
        return Markup("")
    html = render_template("forum/_person_posts.html", rows=rows)
    return Markup(html)  # noqa: S704 - a template's output is escaped already
