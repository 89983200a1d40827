"""reactions, bookmarks and reading lists

Revision ID: 20261207marks
Revises: 20261206moderating
"""

import sqlalchemy as sa
from alembic import op

revision = "20261207marks"
down_revision = "20261206moderating"
branch_labels = None
depends_on = None

ONE_THING = "(post_id IS NULL) <> (document_id IS NULL)"


def upgrade():
    op.create_table(
        "reaction",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('helpful','same','thanks')", name=op.f("ck_reaction_kind")),
        _belongs("reaction", "post_id", "post"),
        _belongs("reaction", "user_id", "user"),
        sa.PrimaryKeyConstraint("post_id", "user_id", "kind", name=op.f("pk_reaction")),
    )
    op.create_index("ix_reaction_user_id", "reaction", ["user_id"])
    op.create_table(
        "bookmark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_bookmark_one_thing")),
        _belongs("bookmark", "user_id", "user"),
        _belongs("bookmark", "post_id", "post"),
        _belongs("bookmark", "document_id", "document"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmark")),
        sa.UniqueConstraint("user_id", "post_id", name=op.f("uq_bookmark_user_id")),
    )
    whole = ["user_id", "document_id", "page"]
    op.create_index("uq_bookmark_document", "bookmark", whole, unique=True)
    op.create_index("ix_bookmark_reminder", "bookmark", ["reminded_at", "remind_at"])
    op.create_index("ix_bookmark_post_id", "bookmark", ["post_id"])
    op.create_index("ix_bookmark_document_id", "bookmark", ["document_id"])
    op.create_table(
        "reading_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_reading_item_one_thing")),
        _belongs("reading_item", "municipality_id", "municipality"),
        _belongs("reading_item", "post_id", "post"),
        _belongs("reading_item", "document_id", "document"),
        _belongs("reading_item", "added_by_id", "user", "SET NULL"),
        _belongs("reading_item", "done_by_id", "user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_item")),
        sa.UniqueConstraint(
            "municipality_id", "post_id", name=op.f("uq_reading_item_municipality_id")
        ),
    )
    whole = ["municipality_id", "document_id", "page"]
    op.create_index("uq_reading_item_document", "reading_item", whole, unique=True)
    op.create_index("ix_reading_item_post_id", "reading_item", ["post_id"])
    op.create_index("ix_reading_item_document_id", "reading_item", ["document_id"])


def _belongs(table, column, other, ondelete="CASCADE"):
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def downgrade():
    for table in ("reading_item", "bookmark", "reaction"):
        op.drop_table(table)
