"""Who is named in a post, derived from its text at each save.

``@anna-beispiel`` becomes a link to the person's page wherever it is text: not in code, not inside
another link. Names in a quotation are links too, but nobody is told of them again. What is no
handle of an active account stays as it was written.
"""

import re
from collections.abc import Iterable, Iterator

from markupsafe import escape
from sqlalchemy import delete

from kts.accounts.models import User
from kts.core.text import slugify
from kts.extensions import db
from kts.forum.models import Post
from kts.forum.models.mentions import PostMention
from kts.forum.queries.readers import may_see

MOST_MENTIONS = 10  # whoever names more addresses nobody in particular
MOST_LOOKED_UP = 200  # names in one text that are asked for at all
TAG = re.compile(r'(<[^>"]*(?:"[^"]*"[^>"]*)*>)')  # quoted values may hold a >
NAME = re.compile(r"(?<![\w@/.+-])@(\w(?:[\w-]{0,98}\w)?)")
OPAQUE = {"a", "code", "pre"}
LINK = re.compile(r'<a class="mention" href="/personen/([a-z0-9-]+)">')


def link_mentions(html: str) -> str:
    """Turn the names of people in sanitised HTML into links, in one statement."""
    if "@" not in html:
        return html
    pieces = list(_pieces(html))
    people = _people_named(_written(text for text, is_text in pieces if is_text))
    if not people:
        return html
    return "".join(_linked(text, people) if is_text else text for text, is_text in pieces)


def _pieces(html: str) -> Iterator[tuple[str, bool]]:
    """Give tags and texts in order, and for each whether it is text that may name somebody."""
    inside = 0
    for piece in TAG.split(html):
        if piece.startswith("<"):
            if _tag_name(piece) in OPAQUE:
                inside += -1 if piece.startswith("</") else 1
            yield piece, False
        else:
            yield piece, not inside


def _tag_name(tag: str) -> str:
    match = re.match(r"</?([a-z0-9]+)", tag)
    return match[1] if match else ""


def _written(texts: Iterable[str]) -> list[str]:
    handles = dict.fromkeys(_handle(name) for text in texts for name in NAME.findall(text))
    return list(handles)[:MOST_LOOKED_UP]


def _handle(name: str) -> str:
    """Read a name as somebody types it: capitals and umlauts lead to the same person."""
    return slugify(name)


def _people_named(handles: list[str]) -> dict[str, str]:
    if not handles:
        return {}
    statement = db.select(User).where(User.handle.in_(handles), User.active)
    return {str(user.handle): user.display_name for user in db.session.scalars(statement)}


def _linked(text: str, people: dict[str, str]) -> str:
    def link(match: re.Match[str]) -> str:
        handle = _handle(match[1])
        if handle not in people:
            return match[0]
        return f'<a class="mention" href="/personen/{handle}">@{escape(people[handle])}</a>'

    return NAME.sub(link, text)


def derive_mentions(post: Post) -> None:
    """Note the people whom the text names with an @ and who may read it, at most ten."""
    named = set(_readers(post, _addressed(post.html)))
    rows = db.select(PostMention.user_id).filter_by(post_id=post.id)
    known = set(db.session.scalars(rows))
    if gone := known - named:
        db.session.execute(
            delete(PostMention).where(PostMention.post_id == post.id, PostMention.user_id.in_(gone))
        )
    rows_to_add = [PostMention(post_id=post.id, user_id=user_id) for user_id in named - known]
    db.session.add_all(rows_to_add)
    db.session.flush()


def _addressed(html: str) -> list[str]:
    """List the handles of the links outside of quotations, in their order, each once."""
    found: dict[str, None] = {}
    quoted = 0
    for piece in TAG.split(html):
        if _tag_name(piece) == "blockquote":
            quoted += -1 if piece.startswith("</") else 1
        elif not quoted and (match := LINK.fullmatch(piece)):
            found[match[1]] = None
    return list(found)[:MOST_MENTIONS]


def _readers(post: Post, handles: list[str]) -> Iterable[int]:
    if not handles:
        return []
    statement = db.select(User.id).where(
        User.handle.in_(handles), User.active, User.id != post.author_id
    )
    return db.session.scalars(statement.where(may_see(post.thread)))
