"""What dossiers give the search index: one entry each, with the words of the published version.

Neither the titles of what it holds nor the remarks and quotations on them are in it: a reader may
not be allowed to see all of that.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from kts.core import shelf_life
from kts.core.text import plain_text
from kts.curation.dossiers.models import HEADING, LINK, PUBLISHED, TEXT, Dossier, DossierVersion
from kts.curation.dossiers.snapshots import book_of
from kts.extensions import db
from kts.municipalities.models import Topic
from kts.search.engine import IndexDocument
from kts.search.sources import SearchSource

KIND = "dossier"


def _published() -> Select[tuple[Dossier]]:
    return select(Dossier).where(Dossier.state == PUBLISHED, Dossier.deleted_at.is_(None))


def load(dossier_ids: Sequence[int]) -> Iterator[IndexDocument]:
    """Give the entries of these dossiers; drafts, retired and deleted ones give nothing."""
    statement = _published().where(Dossier.id.in_(dossier_ids)).options(joinedload(Dossier.shown))
    slugs = {topic.id: topic.slug for topic in db.session.scalars(select(Topic))}
    outdated = shelf_life.outdated_ids(KIND, dossier_ids)
    for dossier in db.session.scalars(statement):
        if dossier.shown is not None:
            weight = shelf_life.weight(dossier.id in outdated)
            yield _entry(dossier, dossier.shown, slugs, weight)


def _entry(
    dossier: Dossier, version: DossierVersion, slugs: dict[int, str], weight: float
) -> IndexDocument:
    book = book_of(version)
    texts = [book.summary, plain_text(book.html)]
    for part in book.parts:
        if part.kind in (TEXT, LINK, HEADING):
            texts += [part.title, plain_text(part.html)]
    return IndexDocument(
        key=f"dossier:{dossier.id}",
        kind=KIND,
        id=dossier.id,
        parent=f"dossier:{dossier.id}",
        language="de",
        title=book.title,
        body="\n".join(text for text in texts if text),
        url=dossier.path,
        topics=tuple(slugs[number] for number in book.topics if number in slugs),
        municipality="",
        land="",
        visibility=dossier.visibility,
        created=dossier.published_at or version.created,
        updated=version.created,
        weight=weight,
        year=version.created.year,
    )


def all_ids() -> Sequence[int]:
    """List the dossiers that the index should know."""
    return db.session.scalars(_published().with_only_columns(Dossier.id)).all()


def _dossier_of(version: DossierVersion) -> int | None:
    return version.dossier_id


SOURCE = SearchSource(
    kind=KIND,
    model=Dossier,
    load=load,
    all_ids=all_ids,
    depends={DossierVersion: _dossier_of},
)
