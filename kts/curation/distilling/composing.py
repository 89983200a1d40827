"""From sections with marks to what readers get: the fields of an experience, or a fact sheet."""

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kts.core.mail import base_url
from kts.core.text import render_markdown
from kts.curation.distilling.models import (
    DECLINED,
    EXPERIENCE,
    FACTSHEET,
    SILENT,
    Distillate,
    DistillatePassage,
)
from kts.curation.distilling.naming import credits_of, escaped, quotation
from kts.curation.distilling.passages import MARK
from kts.forum.services.kinds import compose as compose_experience

LANGUAGE = "de"  # in which the conversations are held

#: Sections of each kind with their headings, in the order in which they are read.
SECTIONS: Mapping[str, tuple[tuple[str, Any], ...]] = {
    EXPERIENCE: (
        ("start", _l("Starting point")),
        ("done", _l("What we did")),
        ("worked", _l("What worked")),
        ("failed", _l("What did not work")),
        ("cost", _l("Cost and effort")),
        ("advice", _l("Advice to others")),
    ),
    FACTSHEET: (
        ("question", _l("The question in one sentence")),
        ("short", _l("Short answer")),
        ("details", _l("In detail")),
        ("watch", _l("What to watch for")),
        ("sources", _l("Sources")),
    ),
}
NEEDED = {EXPERIENCE: ("failed",), FACTSHEET: ("question", "short")}


def is_usable(passage: DistillatePassage) -> bool:
    """Say whether the words may be shown: their post still is, to those who see the thread."""
    post, thread = passage.post, passage.distillate.thread
    if passage.removed_at is not None or post is None or not post.shown:
        return False
    return post.thread_id == thread.id or (
        post.thread.shown and post.thread.visibility == thread.visibility
    )


def _stands(passage: DistillatePassage) -> bool:
    kept = passage.contributor.standing not in (DECLINED, SILENT)
    return kept and is_usable(passage)


def filled(distillate: Distillate, texts: Mapping[str, str] | None = None) -> dict[str, str]:
    """Put the quotations where their marks stand; what may not be quoted leaves nothing."""
    quotations = {one.number: quotation(one) for one in distillate.passages if _stands(one)}

    def put_in(text: str) -> str:
        return MARK.sub(lambda found: f"\n\n{quotations.get(int(found[1]), '')}\n\n", text).strip()

    given = distillate.texts if texts is None else texts
    return {name: put_in(given.get(name, "")) for name, _heading in SECTIONS[distillate.kind]}


def origin(distillate: Distillate) -> str:
    """Say in Markdown where it comes from; without the title, which belongs to the thread."""
    address = f"{base_url()}{distillate.thread_path}"
    names = credits_of(distillate.contributors)
    if not names:
        return _(
            "Put together by the KTS from [a conversation in the forum](%(url)s).", url=address
        )
    return _(
        "Put together by the KTS from [a conversation in the forum](%(url)s), with contributions "
        "by %(names)s.",
        url=address,
        names="; ".join(map(escaped, names)),
    )


def experience_values(distillate: Distillate) -> dict[str, Any]:
    """Give the fields of the experience as the forum takes them; the origin stands first."""
    with force_locale(LANGUAGE):
        values: dict[str, Any] = dict(filled(distillate))
        values["start"] = "\n\n".join(filter(None, (f"*{origin(distillate)}*", values["start"])))
    return values


def factsheet_source(distillate: Distillate, texts: Mapping[str, str] | None = None) -> str:
    """Give the fact sheet as Markdown, whole and ready to be a file."""
    with force_locale(LANGUAGE):
        parts = filled(distillate, texts)
        blocks = [f"# {escaped(distillate.title)}", f"**{escaped(parts['question'])}**"]
        for name, heading in SECTIONS[FACTSHEET][1:]:
            if parts[name]:
                blocks += [f"## {heading}", parts[name]]
        if names := credits_of(distillate.contributors):
            heading = _("Contributors")
            blocks += [f"## {heading}", "\n".join(f"- {escaped(one)}" for one in names)]
        heading = _("State of knowledge")
        blocks += [f"## {heading}", _state_of_knowledge(distillate)]
        blocks.append(origin(distillate))
    return "\n\n".join(blocks) + "\n"


def _state_of_knowledge(distillate: Distillate) -> str:
    day = distillate.as_of
    return _("Checked on %(day)s.", day=format_date(day, "long")) if day else ""


def preview(distillate: Distillate, texts: Mapping[str, str] | None = None) -> str:
    """Render what readers would get from the draft as it is, or from unsaved texts."""
    if distillate.is_factsheet:
        source = factsheet_source(distillate, texts)
    else:
        with force_locale(LANGUAGE):
            said = filled(distillate, texts)
            source = f"*{origin(distillate)}*\n\n{compose_experience(said)}"
    return render_markdown(source)
