"""what waits for a moderator

Revision ID: 20261208waiting
Revises: 20261207marks
"""

import sqlalchemy as sa
from alembic import op

revision = "20261208waiting"
down_revision = "20261207marks"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "waiting_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"],
            ["user.id"],
            name=op.f("fk_waiting_item_claimed_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_item")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_waiting_item_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_waiting_item_order", "waiting_item", ["weight", "since"])
    op.create_index(op.f("ix_waiting_item_claimed_by_id"), "waiting_item", ["claimed_by_id"])


def downgrade():
    op.drop_table("waiting_item")
