"""fact sheets and experiences made of threads

Revision ID: 20261215knowledge
Revises: 20261214vocabularies
"""

import sqlalchemy as sa
from alembic import op

revision = "20261215knowledge"
down_revision = "20261214vocabularies"
branch_labels = None
depends_on = None


def upgrade():
    _add_distillates()
    _add_contributors()
    _add_passages()
    _add_dismissals()


def downgrade():
    op.drop_table("distilling_dismissal")
    op.drop_table("distillate_passage")
    op.drop_table("distillate_contributor")
    op.drop_table("distillate")


def _moment(name, nullable=True):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table, column, other, ondelete):
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete
    )


def _index(table, *columns):
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _add_distillates():
    table = "distillate"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("dropped_reason", sa.String(length=500), nullable=False),
        _moment("published_at"),
        sa.Column("result_thread_id", sa.Integer(), nullable=True),
        sa.Column("result_document_id", sa.Integer(), nullable=True),
        sa.Column("result_version", sa.Integer(), nullable=True),
        sa.Column("echoes", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=True),
        _moment("created", nullable=False),
        _moment("updated", nullable=False),
        sa.CheckConstraint("kind IN ('experience','factsheet')", name=op.f("ck_distillate_kind")),
        sa.CheckConstraint(
            "state IN ('draft','asked','published','dropped')", name=op.f("ck_distillate_state")
        ),
        _key(table, "thread_id", "thread", "CASCADE"),
        _key(table, "municipality_id", "municipality", "SET NULL"),
        _key(table, "created_by_id", "user", "SET NULL"),
        _key(table, "result_thread_id", "thread", "SET NULL"),
        _key(table, "result_document_id", "document", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distillate")),
        sa.UniqueConstraint("submission", name=op.f("uq_distillate_submission")),
    )
    _index(table, "thread_id", "municipality_id", "state", "result_thread_id", "result_document_id")


def _add_contributors():
    table = "distillate_contributor"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("distillate_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("naming", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("asked_at"),
        _moment("reminded_at"),
        _moment("answered_at"),
        _moment("withdrawn_at"),
        sa.CheckConstraint(
            "answer IN ('waiting','agreed','changes','declined')",
            name=op.f("ck_distillate_contributor_answer"),
        ),
        sa.CheckConstraint(
            "naming IN ('full','place','anonymous')",
            name=op.f("ck_distillate_contributor_naming"),
        ),
        _key(table, "distillate_id", "distillate", "CASCADE"),
        _key(table, "user_id", "user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distillate_contributor")),
        sa.UniqueConstraint(
            "distillate_id",
            "user_id",
            name=op.f("uq_distillate_contributor_distillate_id"),
        ),
    )
    _index(table, "user_id", "asked_at")


def _add_passages():
    table = "distillate_passage"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("distillate_id", sa.Integer(), nullable=False),
        sa.Column("contributor_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("suggested", sa.Text(), nullable=False),
        _moment("removed_at"),
        _key(table, "distillate_id", "distillate", "CASCADE"),
        _key(table, "contributor_id", "distillate_contributor", "CASCADE"),
        _key(table, "post_id", "post", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distillate_passage")),
        sa.UniqueConstraint(
            "distillate_id", "number", name=op.f("uq_distillate_passage_distillate_id")
        ),
    )
    _index(table, "contributor_id", "post_id")


def _add_dismissals():
    table = "distilling_dismissal"
    op.create_table(
        table,
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _moment("created", nullable=False),
        _key(table, "thread_id", "thread", "CASCADE"),
        _key(table, "by_id", "user", "SET NULL"),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_distilling_dismissal")),
    )
