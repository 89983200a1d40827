"""kinds and labels as vocabularies, quality label

Revision ID: 20261214vocabularies
Revises: 20261213shelflife
"""

import sqlalchemy as sa
from alembic import op

revision = "20261214vocabularies"
down_revision = "20261213shelflife"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LABELLED = "kind IN ('document','thread','dossier')"
ACTIONS = "action IN ('add','change','order','merge','split','retire','offer')"


def upgrade():
    with op.batch_alter_table("topic") as batch:
        for column in _term_columns():
            batch.add_column(column)
        batch.create_index(batch.f("ix_topic_merged_into_id"), ["merged_into_id"])
    _add_terms("document_kind", sa.Column("key", sa.String(length=20), nullable=False))
    _add_terms("label", sa.Column("slug", sa.String(length=100), nullable=False))
    _add_label_use()
    _add_changes()
    _add_splits()
    _add_criteria()
    _add_seals()
    _add_suggestions()


def _term_columns():
    return (
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    )


def _add_terms(table, key):
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        key,
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        *_term_columns(),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(key.name, name=op.f(f"uq_{table}_{key.name}")),
        sa.UniqueConstraint("name", name=op.f(f"uq_{table}_name")),
    )
    op.create_index(op.f(f"ix_{table}_merged_into_id"), table, ["merged_into_id"])


def _person(table, column):
    return sa.ForeignKeyConstraint(
        [column], ["user.id"], name=op.f(f"fk_{table}_{column}_user"), ondelete="SET NULL"
    )


def _add_label_use():
    op.create_table(
        "label_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(LABELLED, name=op.f("ck_label_use_kind")),
        sa.ForeignKeyConstraint(
            ["label_id"], ["label.id"], name=op.f("fk_label_use_label_id_label"), ondelete="CASCADE"
        ),
        _person("label_use", "given_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_use")),
        sa.UniqueConstraint("kind", "object_id", "label_id", name=op.f("uq_label_use_kind")),
    )
    op.create_index("ix_label_use_label_id", "label_use", ["label_id", "kind"])


def _add_changes():
    op.create_table(
        "vocabulary_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("image", sa.JSON(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("left_alone", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint(ACTIONS, name=op.f("ck_vocabulary_change_action")),
        _person("vocabulary_change", "actor_id"),
        _person("vocabulary_change", "undone_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vocabulary_change")),
    )
    op.create_index("ix_vocabulary_change_term", "vocabulary_change", ["vocabulary", "term_id"])
    op.create_index(op.f("ix_vocabulary_change_created"), "vocabulary_change", ["created"])


def _add_splits():
    op.create_table(
        "vocabulary_split",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(length=20), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _person("vocabulary_split", "created_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vocabulary_split")),
    )


def _add_criteria():
    op.create_table(
        "seal_criteria",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        _person("seal_criteria", "published_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_criteria")),
        sa.UniqueConstraint("number", name=op.f("uq_seal_criteria_number")),
    )


def _add_seals():
    op.create_table(
        "quality_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("criteria_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(LABELLED, name=op.f("ck_quality_seal_kind")),
        sa.ForeignKeyConstraint(
            ["criteria_id"],
            ["seal_criteria.id"],
            name=op.f("fk_quality_seal_criteria_id_seal_criteria"),
        ),
        _person("quality_seal", "given_by_id"),
        _person("quality_seal", "withdrawn_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_seal")),
    )
    op.create_index(op.f("ix_quality_seal_criteria_id"), "quality_seal", ["criteria_id"])
    op.create_index(op.f("ix_quality_seal_given_at"), "quality_seal", ["given_at"])
    _add_unique("quality_seal", "uq_quality_seal_standing", "withdrawn_at IS NULL")


def _add_unique(table, name, condition):
    where = sa.text(condition)
    op.create_index(
        name,
        table,
        ["kind", "object_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _add_suggestions():
    op.create_table(
        "label_suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(LABELLED, name=op.f("ck_label_suggestion_kind")),
        sa.CheckConstraint(
            "state IN ('waiting','given','declined')", name=op.f("ck_label_suggestion_state")
        ),
        _person("label_suggestion", "author_id"),
        _person("label_suggestion", "decided_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_suggestion")),
    )
    op.create_index(op.f("ix_label_suggestion_author_id"), "label_suggestion", ["author_id"])
    _add_unique("label_suggestion", "uq_label_suggestion_waiting", "state = 'waiting'")


def downgrade():
    for table in (
        *("label_suggestion", "quality_seal", "seal_criteria"),
        *("vocabulary_split", "vocabulary_change"),
        *("label_use", "label", "document_kind"),
    ):
        op.drop_table(table)
    with op.batch_alter_table("topic") as batch:
        batch.drop_index(batch.f("ix_topic_merged_into_id"))
        for column in reversed(_term_columns()):
            batch.drop_column(column.name)
