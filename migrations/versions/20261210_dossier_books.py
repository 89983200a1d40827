"""dossiers as books: versions, chapters, quotations, covers, editors, places on the home page

Revision ID: 20261210dossierbooks
Revises: 20261209reports
"""

import sqlalchemy as sa
from alembic import op

revision = "20261210dossierbooks"
down_revision = "20261209reports"
branch_labels = None
depends_on = None

KINDS = "kind IN ('document','page','thread','post','experience','link','text','heading')"
FIRST_KINDS = "kind IN ('document','page','thread','link','text')"
STATES = "state IN ('draft','published','retired')"
FIRST_STATES = "state IN ('draft','published')"

dossier = sa.table(
    "dossier",
    *(sa.column(name, sa.Integer) for name in ("id", "created_by_id", "shown_number")),
    *(sa.column(name, sa.Text) for name in ("title", "summary", "text", "state")),
    sa.column("published_at", sa.DateTime(timezone=True)),
)
item = sa.table(
    "dossier_item",
    *(sa.column(n, sa.Integer) for n in ("id", "dossier_id", "position", "object_id", "page")),
    *(sa.column(name, sa.Text) for name in ("kind", "title", "url", "note")),
)
version = sa.table(
    "dossier_version",
    *(sa.column(name, sa.Integer) for name in ("dossier_id", "number", "published_by_id")),
    *(sa.column(name, sa.Text) for name in ("title", "summary", "note")),
    sa.column("snapshot", sa.JSON),
    sa.column("created", sa.DateTime(timezone=True)),
)


def upgrade():
    _change_dossiers()
    _change_items()
    _add_versions()
    _add_editors()
    _add_topics()
    _add_dismissals()
    _add_exports()
    _publish_first_versions()


def _change_dossiers():
    with op.batch_alter_table("dossier", recreate=_recreate()) as batch:
        batch.drop_constraint(op.f("ck_dossier_state"), type_="check")
        batch.create_check_constraint(op.f("ck_dossier_state"), STATES)
        batch.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(
            sa.Column("retired_reason", sa.String(length=500), nullable=False, server_default="")
        )
        batch.add_column(
            sa.Column("order_version", sa.Integer(), nullable=False, server_default="1")
        )
        batch.add_column(sa.Column("cover", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("cover_key", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("set_aside", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("featured_place", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("featured_until", sa.Date(), nullable=True))
        batch.add_column(sa.Column("shown_number", sa.Integer(), nullable=True))
    op.create_index("ix_dossier_cover_key", "dossier", ["cover_key"])
    op.create_index("ix_dossier_featured_place", "dossier", ["featured_place"])


def _change_items():
    with op.batch_alter_table("dossier_item", recreate=_recreate()) as batch:
        batch.drop_constraint(op.f("ck_dossier_item_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_dossier_item_kind"), KINDS)
        batch.add_column(sa.Column("version_number", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("last_page", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("accessed", sa.Date(), nullable=True))
        batch.add_column(sa.Column("quote", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))


def _recreate():
    """SQLite takes no constraint away from a table but by copying it."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "auto"


def _key(table):
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _refers(table, column, other, ondelete="CASCADE"):
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _moment(name="created"):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _add_versions():
    table = "dossier_version"
    op.create_table(
        table,
        *_key(table),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("cover_key", sa.String(length=64), nullable=True),
        _moment(),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        _refers(table, "dossier_id", "dossier"),
        _refers(table, "published_by_id", "user", "SET NULL"),
        sa.UniqueConstraint("dossier_id", "number", name=op.f("uq_dossier_version_dossier_id")),
    )
    op.create_index("ix_dossier_version_cover_key", table, ["cover_key"])


def _add_editors():
    table = "dossier_editor"
    op.create_table(
        table,
        *_key(table),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        _moment(),
        _refers(table, "dossier_id", "dossier"),
        _refers(table, "user_id", "user"),
        sa.UniqueConstraint("dossier_id", "user_id", name=op.f("uq_dossier_editor_dossier_id")),
    )
    op.create_index("ix_dossier_editor_user_id", table, ["user_id"])


def _add_topics():
    table = "dossier_topic"
    op.create_table(
        table,
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        _refers(table, "dossier_id", "dossier"),
        _refers(table, "topic_id", "topic"),
        sa.PrimaryKeyConstraint("dossier_id", "topic_id", name=op.f("pk_dossier_topic")),
    )
    op.create_index("ix_dossier_topic_topic_id", table, ["topic_id"])


def _add_dismissals():
    table = "dossier_dismissal"
    op.create_table(
        table,
        *_key(table),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        _moment(),
        _refers(table, "dossier_id", "dossier"),
        sa.UniqueConstraint(
            *("dossier_id", "kind", "object_id"), name=op.f("uq_dossier_dismissal_dossier_id")
        ),
    )


def _add_exports():
    table = "dossier_export"
    op.create_table(
        table,
        *_key(table),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("blob_key", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment(),
        sa.UniqueConstraint("digest", name=op.f("uq_dossier_export_digest")),
    )
    op.create_index("ix_dossier_export_blob_key", table, ["blob_key"])
    op.create_index("ix_dossier_export_created", table, ["created"])


def _publish_first_versions():
    """Make a version of what readers can read already, so that nothing disappears."""
    connection = op.get_bind()
    published = connection.execute(sa.select(dossier).where(dossier.c.state == "published"))
    for row in published.mappings().all():
        parts = sa.select(item).where(item.c.dossier_id == row["id"])
        parts = parts.order_by(item.c.position, item.c.id)
        items = [_snapshot_of(part) for part in connection.execute(parts).mappings()]
        words = {name: row[name] for name in ("title", "summary", "text")}
        values = {
            "dossier_id": row["id"],
            "number": 1,
            "title": row["title"],
            "summary": row["summary"],
            "note": "",
            "snapshot": {**words, "topics": [], "cover": {}, "items": items, "seen": {}},
            "created": row["published_at"] or sa.func.current_timestamp(),
            "published_by_id": row["created_by_id"],
        }
        connection.execute(version.insert().values(**values))
        connection.execute(dossier.update().where(dossier.c.id == row["id"]).values(shown_number=1))


def _snapshot_of(part):
    kept = {
        name: part[name] for name in ("id", "kind", "object_id", "page", "title", "url", "note")
    }
    return {**kept, "version_number": None, "last_page": None, "accessed": None, "quote": ""}


def downgrade():
    for table in ("export", "dismissal", "topic", "editor", "version"):
        op.drop_table(f"dossier_{table}")
    op.execute(
        "DELETE FROM dossier_item WHERE removed_at IS NOT NULL "
        "OR kind IN ('post','experience','heading')"
    )
    with op.batch_alter_table("dossier_item", recreate=_recreate()) as batch:
        batch.drop_constraint(op.f("ck_dossier_item_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_dossier_item_kind"), FIRST_KINDS)
        for name in ("removed_at", "version", "quote", "accessed", "last_page", "version_number"):
            batch.drop_column(name)
    op.drop_index("ix_dossier_featured_place", table_name="dossier")
    op.drop_index("ix_dossier_cover_key", table_name="dossier")
    op.execute("UPDATE dossier SET state = 'draft' WHERE state = 'retired'")
    with op.batch_alter_table("dossier", recreate=_recreate()) as batch:
        batch.drop_constraint(op.f("ck_dossier_state"), type_="check")
        batch.create_check_constraint(op.f("ck_dossier_state"), FIRST_STATES)
        for name in (
            *("shown_number", "featured_until", "featured_place", "set_aside", "cover_key"),
            *("cover", "order_version", "retired_reason", "retired_at"),
        ):
            batch.drop_column(name)
