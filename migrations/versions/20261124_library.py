"""metadata of the library

Licences that were written as text become values of the list where they surely are one of it; any
other text stays as it is. The kind of document moves into a column of its own, since the old one
refuses new kinds and SQLite could change that only by copying the table.

Revision ID: 20261124library
Revises: 20261123reading
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "20261124library"
down_revision = "20261123reading"
branch_labels = None
depends_on = None

# The spellings, reduced to letters and digits, of each licence on the day of this migration.
LICENCES = {
    "CC-BY-4.0": ("ccby40", "ccnamensnennung40"),
    "CC-BY-SA-4.0": ("ccbysa40", "ccnamensnennungweitergabeuntergleichenbedingungen40"),
    "CC0-1.0": ("cc010", "cczero10", "cczero", "cc0", "cc010universell", "cc010universal"),
    "DL-DE-BY-2.0": (
        "dldeby20",
        "datenlizenzdeutschlandnamensnennung20",
        "dlbyde20",
        "datenlizenzdeutschlandnamensnennungversion20",
    ),
    "DL-DE-ZERO-2.0": (
        "dldezero20",
        "datenlizenzdeutschlandzero20",
        "dlzerode20",
        "datenlizenzdeutschlandzeroversion20",
    ),
    "CC-BY-ND-4.0": ("ccbynd40", "ccnamensnennungkeinebearbeitungen40"),
    "CC-BY-NC-4.0": ("ccbync40", "ccnamensnennungnichtkommerziell40"),
    "CC-BY-NC-SA-4.0": (
        "ccbyncsa40",
        "ccnamensnennungnichtkommerziellweitergabeuntergleichenbedingungen40",
    ),
    "CC-BY-NC-ND-4.0": ("ccbyncnd40", "ccnamensnennungnichtkommerziellkeinebearbeitungen40"),
    "CC-BY-3.0-DE": ("ccby30de", "ccbyde30", "ccnamensnennung30deutschland"),
    "CC-BY-SA-3.0-DE": (
        "ccbysa30de",
        "ccbysade30",
        "ccnamensnennungweitergabeuntergleichenbedingungen30deutschland",
    ),
    "officialWork": (
        "officialwork",
        "amtlicheswerk",
        "amtlicheswerklizenzfreinach5abs1urhg",
        "5urhg",
    ),
    "all-rights-reserved": ("allrightsreserved", "otherclosed", "allerechtevorbehalten"),
}
UNSTATED = {"", "nichtangegeben", "keineangabe", "notstated", "unbekannt", "unknown"}
NAMES = {
    "CC-BY-4.0": "CC BY 4.0",
    "CC-BY-SA-4.0": "CC BY-SA 4.0",
    "CC0-1.0": "CC0 1.0",
    "DL-DE-BY-2.0": "Datenlizenz Deutschland – Namensnennung 2.0",
    "DL-DE-ZERO-2.0": "Datenlizenz Deutschland – Zero 2.0",
    "CC-BY-ND-4.0": "CC BY-ND 4.0",
    "CC-BY-NC-4.0": "CC BY-NC 4.0",
    "CC-BY-NC-SA-4.0": "CC BY-NC-SA 4.0",
    "CC-BY-NC-ND-4.0": "CC BY-NC-ND 4.0",
    "CC-BY-3.0-DE": "CC BY 3.0 DE",
    "CC-BY-SA-3.0-DE": "CC BY-SA 3.0 DE",
    "officialWork": "Amtliches Werk",
    "all-rights-reserved": "Alle Rechte vorbehalten",
}

FIRST_KINDS = ("strategy", "concept", "report", "guideline", "study", "resolution", "other")

document = sa.table(
    "document",
    sa.column("kind", sa.String),
    sa.column("licence", sa.String),
)


def upgrade():
    if is_not_sqlite():
        # The first migration left this one out, for the two tables refer to each other.
        op.create_foreign_key(
            op.f("fk_document_current_version_id_document_version"),
            *("document", "document_version", ["current_version_id"], ["id"]),
            ondelete="SET NULL",
        )
    with op.batch_alter_table(
        "document", recreate="auto" if is_not_sqlite() else "always"
    ) as batch:
        batch.drop_constraint(op.f("ck_document_kind"), type_="check")
        batch.add_column(sa.Column("description", sa.Text(), nullable=False, server_default=""))
        batch.add_column(
            sa.Column("publisher", sa.String(length=200), nullable=False, server_default="")
        )
    rename_licences(recognise)
    op.create_table(
        "document_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["user.id"],
            name="fk_document_correction_answered_by_id_user",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user.id"],
            name="fk_document_correction_author_id_user",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name="fk_document_correction_document_id_document",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_correction"),
    )
    op.create_index(
        "ix_document_correction_open", "document_correction", ["document_id", "answered_at"]
    )
    op.create_index("ix_document_correction_author_id", "document_correction", ["author_id"])
    op.create_index("ix_document_correction_answered_at", "document_correction", ["answered_at"])


def downgrade():
    op.drop_table("document_correction")
    rename_licences(lambda value: NAMES.get(value, value))
    if is_not_sqlite():
        op.drop_constraint(
            op.f("fk_document_current_version_id_document_version"), "document", type_="foreignkey"
        )
    op.execute(document.update().where(document.c.kind.not_in(FIRST_KINDS)).values(kind="other"))
    with op.batch_alter_table("document") as batch:
        batch.drop_column("publisher")
        batch.drop_column("description")
        batch.create_check_constraint(op.f("ck_document_kind"), document.c.kind.in_(FIRST_KINDS))


def is_not_sqlite():
    """Say whether the database can change a table without copying it."""
    return op.get_bind().dialect.name != "sqlite"


def rename_licences(rename):
    """Give each licence that is in use its new name."""
    connection = op.get_bind()
    for text in connection.scalars(sa.select(document.c.licence).distinct()).all():
        if rename(text) != text:
            op.execute(
                document.update().where(document.c.licence == text).values(licence=rename(text))
            )


def recognise(text):
    """Give the value of the list that the text surely means, or the text."""
    plain = text.lower().strip().removesuffix("/deed.de").removesuffix("/deed.en")
    plain = re.sub(r"^https?://(www\.)?", "", plain)
    plain = re.sub(r"^creativecommons\.org/(licenses|publicdomain)/", "cc ", plain)
    plain = re.sub(r"^(dcat-ap\.de/def/licenses|govdata\.de|spdx\.org/licenses)/", "", plain)
    plain = plain.replace("creative commons", "cc").removesuffix("international")
    plain = re.sub(r"[^a-z0-9]+", "", plain)
    if plain in UNSTATED:
        return ""
    found = [value for value, spellings in LICENCES.items() if plain in spellings]
    return found[0] if found else text
