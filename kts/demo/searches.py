"""Made-up searches and a dossier, so that the moderators' pages show what they are for."""

from datetime import timedelta
from typing import Any

from kts.curation.dossiers import services as dossiers
from kts.curation.dossiers.models import Dossier
from kts.demo import Loaded
from kts.demo.content import marked, read
from kts.documents.models import DocumentPage
from kts.extensions import db
from kts.forum.models import Thread
from kts.search.learning import folded
from kts.search.models import QueryCount


def load_searches(loaded: Loaded) -> dict[str, int]:
    """Count made-up searches where nothing was counted yet; give the number of queries."""
    if db.session.scalar(db.select(QueryCount.id).limit(1)) is not None:
        return {"sample_searches": 0}
    queries = read("searches")["search"]
    for query in queries:
        for days_ago in query["days_ago"]:
            db.session.add(
                QueryCount(
                    day=(loaded.start - timedelta(days=days_ago)).date(),
                    folded=folded(query["text"]),
                    text=query["text"],
                    searches=query["searches"],
                    empty=query["searches"] if query["finds"] == "nothing" else 0,
                    weak=query["searches"] if query["finds"] == "little" else 0,
                    clicks=query.get("clicks", 0),
                )
            )
    return {"sample_searches": len(queries)}


def load_dossier(loaded: Loaded) -> dict[str, int]:
    """Put a made-up dossier together from sample content; give the number made."""
    sample = read("searches")["dossier"]
    title = marked(sample["title"])
    if db.session.scalar(db.select(Dossier.id).filter_by(title=title)) is not None:
        return {"sample_dossiers": 0}
    editor = loaded.people["moderation"]
    topics = [topic for name, topic in loaded.topics.items() if name in sample["topics"]]
    dossier = dossiers.create_dossier(editor, title, sample["summary"], sample["text"], topics)
    for part in sample["part"]:
        if "heading" in part:
            dossiers.add_heading(editor, dossier, part["heading"])
        elif address := _address(loaded, part):
            words = (part.get("title", ""), part["note"], part.get("quote", ""))
            dossiers.add_address(editor, dossier, address, *words)
        else:
            dossiers.add_text(editor, dossier, part["note"])
    dossiers.publish_dossier(editor, dossier)
    if sample["featured"]:
        dossiers.feature_dossier(editor, dossier)
    return {"sample_dossiers": 1}


def _address(loaded: Loaded, part: dict[str, Any]) -> str:
    """Give where a part of the sample lives; empty for a text of the editors."""
    if "thread" in part:
        title = part["thread"]
        thread = db.session.scalar(
            db.select(Thread).where(Thread.title.in_((title, marked(title))))
        )
        return thread.path if thread else ""
    if "document" not in part:
        return part.get("address", "")
    document = loaded.documents[part["document"]]
    page = db.session.scalar(
        db.select(DocumentPage.number)
        .where(
            DocumentPage.version_id == document.current_version_id,
            DocumentPage.text.contains(part["find"]),
        )
        .order_by(DocumentPage.number.desc())
        .limit(1)
    )
    return f"{document.path}/seite/{page}" if page else document.path
