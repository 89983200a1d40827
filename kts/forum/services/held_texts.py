"""What a held contribution consists of: its texts by name, and what else the form said.

``payload["texts"]`` holds what its author wrote: ``title``, ``body``, ``options`` of a poll (one a
line), or the fields of an experience. Beside it stand ``thread_kind``, ``figures`` (numbers of an
experience), ``poll``, ``until``, ``official_for_id``, ``municipality_id``, ``topics``,
``reply_to_id``, ``visibility`` and ``token``; for an edit ``version`` (of the post), ``before``
(the texts that it changes) and ``renames``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from kts.core.clock import now
from kts.core.judging import ANSWER, EDIT, THREAD, Contribution
from kts.core.judging import EXPERIENCE as EXPERIENCE_REPORT
from kts.forum.models import ANNOUNCEMENT, EXPERIENCE, POLL, Category, Post, Thread
from kts.forum.models.held import HeldContribution
from kts.forum.models.kinds import Experience
from kts.forum.services.kinds import Details, PollSettings, compose
from kts.forum.services.kinds.experiences import FIELDS

NUMBERS = ("cost_euro", "effort_days")
WORDS = tuple(name for name in FIELDS if name not in NUMBERS)

#: What the texts are called, in the order in which they are read.
LABELS = {
    "title": _l("Title"),
    "body": _l("Text"),
    "options": _l("Answers to choose from"),
    "start": _l("Starting point"),
    "done": _l("What we did"),
    "worked": _l("What worked"),
    "failed": _l("What did not work"),
    "cost": _l("Cost and effort"),
    "duration": _l("Duration"),
    "advice": _l("Advice to others"),
}


@dataclass(frozen=True)
class Sent:
    """What a form has sent, before it is decided whether it appears at once."""

    kind: str
    texts: Mapping[str, str]
    visibility: str
    fingerprint: str = ""
    rest: Mapping[str, Any] = field(default_factory=dict)
    category_id: int | None = None
    thread_id: int | None = None
    post_id: int | None = None
    thread_title: str = ""

    @property
    def context(self) -> str:
        """Give the name of the form, as drafts know it."""
        if self.kind == ANSWER:
            return f"answer:{self.thread_id}"
        return f"edit:{self.post_id}" if self.kind == EDIT else "new"

    @property
    def payload(self) -> dict[str, Any]:
        """Give what is kept of it."""
        return {"texts": dict(self.texts), "visibility": self.visibility, **self.rest}

    @property
    def title(self) -> str:
        """Give the title by which lists name it."""
        return self.texts.get("title") or self.thread_title

    def contribution(self, actor: Any) -> Contribution:
        """Give what is judged."""
        place = self.rest.get("official_for_id") or self.rest.get("municipality_id")
        return Contribution(
            kind=self.kind,
            actor=actor,
            title=self.texts.get("title", ""),
            text=joined(self.texts),
            visibility=self.visibility,
            municipality_id=place,
            before=_all_of(self.rest.get("before") or {}),
        )


def joined(texts: Mapping[str, str]) -> str:
    """Give all texts but the title as one."""
    return "\n\n".join(texts[name] for name in LABELS if name != "title" and texts.get(name))


def _all_of(texts: Mapping[str, str]) -> str:
    return "\n\n".join(filter(None, (texts.get("title", ""), joined(texts))))


def sent_thread(
    category: Category,
    title: str,
    body: str,
    details: Details,
    *,
    official_for_id: int | None = None,
    municipality_id: int | None = None,
    topics: Sequence[Any] = (),
    token: str = "",
) -> Sent:
    """Describe a new thread of any kind, with what ``kinds.open_thread`` takes."""
    texts = {"title": title.strip(), "body": body}
    rest: dict[str, Any] = {"thread_kind": details.kind, "token": token}
    if details.experience is not None:
        body = compose(details.experience)
        texts = {"title": texts["title"], **_words(details.experience)}
        rest["figures"] = {name: details.experience.get(name) for name in NUMBERS}
    if details.poll is not None:
        texts["options"] = "\n".join(details.poll.options)
        rest["poll"] = {**asdict(details.poll), "options": [], "ends": _kept(details.poll.ends)}
    rest["until"] = _kept(details.until)
    return Sent(
        kind=EXPERIENCE_REPORT if details.kind == EXPERIENCE else THREAD,
        texts=texts,
        visibility=category.visibility,
        fingerprint=f"{category.id}\n{title}\n{body}",
        category_id=category.id,
        rest={
            **rest,
            "official_for_id": official_for_id,
            "municipality_id": municipality_id,
            "topics": [topic.id for topic in topics],
        },
    )


def sent_answer(
    thread: Thread,
    body: str,
    *,
    reply_to_id: int | None = None,
    official_for_id: int | None = None,
    token: str = "",
) -> Sent:
    """Describe an answer, with what ``add_post`` takes."""
    return Sent(
        kind=ANSWER,
        texts={"body": body},
        visibility=thread.visibility,
        fingerprint=f"{thread.id}\n{body}",
        thread_id=thread.id,
        category_id=thread.category_id,
        thread_title=thread.title,
        rest={"reply_to_id": reply_to_id, "official_for_id": official_for_id, "token": token},
    )


def sent_edit(post: Post, texts: Mapping[str, Any], *, version: int) -> Sent:
    """Describe the change of a post; ``texts`` may hold the title and the fields of a report."""
    is_report = "body" not in texts
    before = texts_of_post(post)
    words = {name: (texts.get(name) or "").strip() for name in LABELS if name in texts}
    changed = {name: text for name, text in words.items() if name != "title" or text}
    rest: dict[str, Any] = {
        "version": version,
        "before": before,
        "renames": "title" in changed,
        "token": f"edit:{post.id}:{version}",
    }
    if is_report:
        rest["figures"] = {name: texts.get(name) for name in NUMBERS}
    return Sent(
        kind=EDIT,
        texts=changed,
        visibility=post.thread.visibility,
        fingerprint=_all_of(changed),
        category_id=post.thread.category_id,
        thread_id=post.thread_id,
        post_id=post.id,
        thread_title=post.thread.title,
        rest=rest,
    )


def texts_of_post(post: Post) -> dict[str, str]:
    """Give the texts of a post as they are now; those of a report field by field."""
    from kts.extensions import db

    texts = {"title": post.thread.title} if post.number == 1 else {}
    known = None
    if post.number == 1 and post.thread.kind == EXPERIENCE:
        known = db.session.get(Experience, post.thread_id)
    if known is None:
        return {**texts, "body": post.source}
    return {**texts, **{name: getattr(known, name) or "" for name in WORDS}}


def _words(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: (values.get(name) or "").strip() for name in WORDS}


def _kept(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def texts_of(held: HeldContribution) -> dict[str, str]:
    """Give what its author wrote, by name: title, body, options, or the fields of a report."""
    texts = held.payload["texts"]
    return {name: texts[name] for name in LABELS if name in texts}


def source_of(held: HeldContribution, texts: Mapping[str, str] | None = None) -> str:
    """Give the Markdown that the post would consist of."""
    texts = texts if texts is not None else texts_of(held)
    if "body" in texts and not is_report(held):
        return texts["body"]
    return compose(experience_of(held, texts))


def is_report(held: HeldContribution) -> bool:
    """Say whether the texts are the fields of an experience."""
    return held.payload.get("thread_kind") == EXPERIENCE or "body" not in held.payload["texts"]


def experience_of(held: HeldContribution, texts: Mapping[str, str]) -> dict[str, Any]:
    """Give the fields of an experience, as the services take them."""
    return {**{name: texts.get(name, "") for name in WORDS}, **held.payload.get("figures", {})}


def details_of(held: HeldContribution, texts: Mapping[str, str]) -> Details:
    """Give the kind of a held thread and what belongs to it, as ``open_thread`` takes it.

    An end that has passed while the contribution waited is put off by as many days.
    """
    kind = held.payload["thread_kind"]
    if kind == EXPERIENCE:
        return Details(kind=kind, experience=experience_of(held, texts))
    if kind == POLL:
        settings = dict(held.payload["poll"])
        options = option_lines(texts.get("options", ""))
        settings["options"] = options
        settings["most"] = min(settings["most"], len(options))
        settings["ends"] = _later(held, settings["ends"])
        return Details(kind=kind, poll=PollSettings(**settings))
    until = _later(held, held.payload.get("until")) if kind == ANNOUNCEMENT else None
    return Details(kind=kind, until=until)


def option_lines(text: str) -> list[str]:
    """Give the answers of a poll, one a line, each once."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return list({line.casefold(): line for line in reversed(lines) if line}.values())[::-1]


def _later(held: HeldContribution, kept: str | None) -> datetime | None:
    if kept is None:
        return None
    moment = datetime.fromisoformat(kept)
    if moment > now():
        return moment
    waited = (now() - held.created).days + 1
    return max(moment, now()) + timedelta(days=waited)
