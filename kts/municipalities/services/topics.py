"""The first vocabulary of Handlungsfelder.

No authoritative list exists; the KTS changes this one in the curation pages. A topic that
is already there, even renamed, is left alone.
"""

from kts.core.text import slugify
from kts.extensions import db
from kts.municipalities.models import Topic

FIRST_TOPICS = (
    ("Mobilität", "Mobility"),
    ("Energie und Klimaschutz", "Energy and climate protection"),
    ("Umwelt und Klimaanpassung", "Environment and climate adaptation"),
    ("Ver- und Entsorgung", "Utilities and waste"),
    ("Verwaltung und Governance", "Administration and governance"),
    ("Beteiligung", "Participation"),
    ("Daten und Infrastruktur", "Data and infrastructure"),
    ("Bildung und Kompetenzen", "Education and skills"),
    ("Gesundheit und Soziales", "Health and social affairs"),
    ("Handel, Innenstadt und Tourismus", "Retail, town centres and tourism"),
    ("Wirtschaft und Forschung", "Economy and research"),
    ("Kultur", "Culture"),
    ("Bauen, Wohnen und Quartier", "Building, housing and neighbourhoods"),
    ("Sicherheit und Resilienz", "Safety and resilience"),
)


def seed_topics() -> list[Topic]:
    """Add the topics of the first vocabulary that are missing; give all of them."""
    known = {topic.slug: topic for topic in db.session.scalars(db.select(Topic))}
    for position, (name, name_en) in enumerate(FIRST_TOPICS, 1):
        slug = slugify(name)
        if slug not in known:
            known[slug] = Topic(slug=slug, name=name, name_en=name_en, sort=position * 10)
            db.session.add(known[slug])
    db.session.flush()
    return sorted(known.values(), key=lambda topic: topic.sort)
