"""How a contributor is named: as she agreed to it, in the language of what is published."""

import re
from collections.abc import Sequence

from flask_babel import gettext as _

from kts.core.mail import base_url
from kts.curation.distilling.models import (
    AGREED,
    ANONYMOUS,
    CHANGES,
    DECLINED,
    FULL,
    GONE,
    PLACE,
    SILENT,
    DistillateContributor,
    DistillatePassage,
)

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


def escaped(text: str) -> str:
    """Let a name stand in Markdown as it is written."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def naming_of(contributor: DistillateContributor) -> str:
    """Give how she is named now: ``full``, ``place`` or ``anonymous``.

    Who has not answered yet is named in full in a preview, as she will be asked; who kept silent
    and who declined is not named.
    """
    standing = contributor.standing
    if contributor.withdrawn_at is not None or standing in (SILENT, DECLINED):
        return ANONYMOUS
    if standing in (AGREED, CHANGES):
        return _possible(contributor, contributor.naming)
    return FULL


def _possible(contributor: DistillateContributor, naming: str) -> str:
    return ANONYMOUS if naming == PLACE and not contributor.place else naming


def label_of(contributor: DistillateContributor, naming: str | None = None) -> str:
    """Give the words that stand beside a quotation and in the list of contributors."""
    naming = naming or naming_of(contributor)
    if naming == PLACE:
        return contributor.place
    if naming == ANONYMOUS:
        return _("a municipality") if contributor.place else _("a contributor")
    name = contributor.shown_name or _("Former member")
    return ", ".join(filter(None, (name, contributor.place)))


def attribution(passage: DistillatePassage) -> str:
    """Give the line below a quotation; only who is named is linked to her post."""
    contributor = passage.contributor
    naming = naming_of(contributor)
    label = escaped(label_of(contributor, naming))
    if naming != FULL or passage.post_id is None:
        return f"— {label}"
    return f"— [{label}]({base_url()}/beitrag/{passage.post_id})"


def quotation(passage: DistillatePassage) -> str:
    """Give the passage as a quotation in Markdown with the line that says whose words these are."""
    lines = [*passage.words.strip().splitlines(), "", attribution(passage)]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def credits_of(contributors: Sequence[DistillateContributor]) -> list[str]:
    """List those who contributed, each as she is named; nobody who declined or kept silent."""
    credited = [one for one in contributors if one.is_used and one.standing in (AGREED, GONE)]
    return list(dict.fromkeys(label_of(one) for one in credited))
