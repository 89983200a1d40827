"""moderating: what was done to a thread as its readers see it, and where posts were moved from

Revision ID: 20261206moderating
Revises: 20261205groups
"""

import sqlalchemy as sa
from alembic import op

revision = "20261206moderating"
down_revision = "20261205groups"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "thread_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("after_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("audit_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        _key("thread_event", "thread_id", "thread", "CASCADE"),
        _key("thread_event", "actor_id", "user", "SET NULL"),
        _key("thread_event", "audit_id", "audit_entry", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread_event")),
    )
    op.create_index("ix_thread_event_thread", "thread_event", ["thread_id", "after_number"])
    op.create_index("ix_thread_event_kind_created", "thread_event", ["kind", "created"])
    op.create_index(op.f("ix_thread_event_audit_id"), "thread_event", ["audit_id"])
    op.create_index(op.f("ix_thread_event_until"), "thread_event", ["until"])
    op.create_table(
        "post_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("from_thread_id", sa.Integer(), nullable=False),
        sa.Column("from_number", sa.Integer(), nullable=False),
        sa.Column("to_thread_id", sa.Integer(), nullable=False),
        sa.Column("to_number", sa.Integer(), nullable=False),
        _key("post_move", "event_id", "thread_event", "CASCADE"),
        _key("post_move", "post_id", "post", "CASCADE"),
        _key("post_move", "from_thread_id", "thread", "CASCADE"),
        _key("post_move", "to_thread_id", "thread", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_move")),
        sa.UniqueConstraint("event_id", "post_id", name=op.f("uq_post_move_event_id")),
    )
    op.create_index("ix_post_move_from", "post_move", ["event_id", "from_number"])
    op.create_index("ix_post_move_to", "post_move", ["event_id", "to_number"])
    op.create_index("ix_post_move_from_thread", "post_move", ["from_thread_id"])
    op.create_index("ix_post_move_post", "post_move", ["post_id"])


def _key(table, column, other, ondelete):
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def downgrade():
    op.drop_table("post_move")
    op.drop_table("thread_event")
