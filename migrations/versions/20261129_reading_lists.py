"""reading lists: categories read as a whole, voices of a thread, indexes of its lists

Revision ID: 20261129reading_lists
Revises: 20261128conversations
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129reading_lists"
down_revision = "20261128conversations"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_thread_category_hot", "thread", ["category_id", "visibility", "hot"]),
    ("ix_thread_category_created", "thread", ["category_id", "visibility", "created"]),
    ("ix_thread_unanswered", "thread", ["visibility", "kind", "answers_by_others", "created"]),
    (
        "ix_post_voices",
        "post",
        ["thread_id", "author_id", "hidden", "deleted", "created", "rating"],
    ),
    ("ix_post_author_thread", "post", ["author_id", "thread_id", "deleted"]),
)


def upgrade():
    op.create_table(
        "category_read",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_category_read_user_id_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
            name=op.f("fk_category_read_category_id_category"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "category_id", name=op.f("pk_category_read")),
    )
    op.create_index("ix_category_read_category_id", "category_read", ["category_id"])
    op.create_table(
        "thread_voices",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("municipalities", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["thread.id"],
            name=op.f("fk_thread_voices_thread_id_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_thread_voices")),
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade():
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_table("thread_voices")
    op.drop_index("ix_category_read_category_id", table_name="category_read")
    op.drop_table("category_read")
