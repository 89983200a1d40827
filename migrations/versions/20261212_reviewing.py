"""reviews of documents, experiences and dossiers

Revision ID: 20261212reviewing
Revises: 20261211holding
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "20261212reviewing"
down_revision = "20261211holding"
branch_labels = None
depends_on = None

TRUSTED_BECAUSE = "Hat schon veröffentlicht, bevor es Prüfungen gab."
RULES = (("document", "untrusted"), ("experience", "nobody"), ("dossier", "nobody"))


def _person(table, column, ondelete="SET NULL"):
    return sa.ForeignKeyConstraint(
        [column], ["user.id"], name=op.f(f"fk_{table}_{column}_user"), ondelete=ondelete
    )


def upgrade():
    op.add_column(
        "document_version",
        sa.Column("released", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("document", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "document", sa.Column("retired_reason", sa.Text(), server_default="", nullable=False)
    )
    _create_reviews()
    _create_rules()
    _fill_rules()


def _create_reviews():
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("open_key", sa.String(length=40), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('document','experience','dossier')", name=op.f("ck_review_kind")
        ),
        sa.CheckConstraint(
            "state IN ('draft','submitted','changes','approved','published','retired')",
            name=op.f("ck_review_state"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_version.id"],
            name=op.f("fk_review_version_id_document_version"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_review_municipality_id_municipality"),
            ondelete="SET NULL",
        ),
        _person("review", "author_id"),
        _person("review", "reviewer_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("open_key", name=op.f("uq_review_open_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_state", "review", ["state", "submitted_at"])
    op.create_index("ix_review_subject", "review", ["kind", "subject_id"])
    for column in ("version_id", "municipality_id", "author_id", "reviewer_id"):
        op.create_index(op.f(f"ix_review_{column}"), "review", [column])
    op.create_table(
        "review_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
            name=op.f("fk_review_comment_review_id_review"),
            ondelete="CASCADE",
        ),
        _person("review_comment", "author_id"),
        _person("review_comment", "settled_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comment")),
    )
    op.create_index(op.f("ix_review_comment_review_id"), "review_comment", ["review_id"])
    op.create_table(
        "review_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
            name=op.f("fk_review_approval_review_id_review"),
            ondelete="CASCADE",
        ),
        _person("review_approval", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_approval")),
        sa.UniqueConstraint("review_id", "user_id", name=op.f("uq_review_approval_review_id")),
    )
    op.create_index(op.f("ix_review_approval_user_id"), "review_approval", ["user_id"])


def _create_rules():
    op.create_table(
        "review_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=20), nullable=False),
        sa.Column("two_persons", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('document','experience','dossier')", name=op.f("ck_review_rule_kind")
        ),
        sa.CheckConstraint("who IN ('nobody','untrusted','all')", name=op.f("ck_review_rule_who")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rule")),
        sa.UniqueConstraint("kind", name=op.f("uq_review_rule_kind")),
    )
    op.create_table(
        "trusted_municipality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_trusted_municipality_municipality_id_municipality"),
            ondelete="CASCADE",
        ),
        _person("trusted_municipality", "by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_municipality")),
        sa.UniqueConstraint(
            "municipality_id", name=op.f("uq_trusted_municipality_municipality_id")
        ),
    )
    op.create_table(
        "topic_reviewer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_id"],
            ["topic.id"],
            name=op.f("fk_topic_reviewer_topic_id_topic"),
            ondelete="CASCADE",
        ),
        _person("topic_reviewer", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_reviewer")),
        sa.UniqueConstraint("topic_id", name=op.f("uq_topic_reviewer_topic_id")),
    )
    op.create_index(op.f("ix_topic_reviewer_user_id"), "topic_reviewer", ["user_id"])
    op.create_table(
        "canned_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_text")),
    )


def _fill_rules():
    """Review documents of municipalities that have never published; nobody else."""
    names = ("kind", "who", "two_persons", "days", "version")
    rules = sa.table("review_rule", *map(sa.column, names))
    op.bulk_insert(
        rules,
        [{"kind": k, "who": w, "two_persons": False, "days": 14, "version": 1} for k, w in RULES],
    )
    trusted = sa.table(
        "trusted_municipality",
        sa.column("municipality_id", sa.Integer()),
        sa.column("since", sa.DateTime(timezone=True)),
        sa.column("reason", sa.Text()),
    )
    document = sa.table("document", sa.column("municipality_id"), sa.column("current_version_id"))
    published = (
        sa.select(
            document.c.municipality_id,
            sa.literal(datetime.now(UTC), sa.DateTime(timezone=True)),
            sa.literal(TRUSTED_BECAUSE, sa.Text()),
        )
        .where(document.c.municipality_id.is_not(None), document.c.current_version_id.is_not(None))
        .distinct()
    )
    op.execute(trusted.insert().from_select(["municipality_id", "since", "reason"], published))


def downgrade():
    for table in (
        "canned_text",
        "topic_reviewer",
        "trusted_municipality",
        "review_rule",
        "review_approval",
        "review_comment",
        "review",
    ):
        op.drop_table(table)
    with op.batch_alter_table("document") as batch_op:
        batch_op.drop_column("retired_reason")
        batch_op.drop_column("retired_at")
    with op.batch_alter_table("document_version") as batch_op:
        batch_op.drop_column("released")
