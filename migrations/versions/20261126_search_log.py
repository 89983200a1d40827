"""what was searched

Revision ID: 20261126search_log
Revises: 20261125saved_searches
"""

import sqlalchemy as sa
from alembic import op

revision = "20261126search_log"
down_revision = "20261125saved_searches"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("synonym", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "query_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("empty", sa.Integer(), nullable=False),
        sa.Column("weak", sa.Integer(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query_count")),
        sa.UniqueConstraint("day", "folded", name=op.f("uq_query_count_day")),
    )
    op.create_index("ix_query_count_folded", "query_count", ["folded"])
    op.create_table(
        "click_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("parent", sa.String(length=60), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("ranks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_click_count")),
        sa.UniqueConstraint("day", "folded", "parent", name=op.f("uq_click_count_day")),
    )
    op.create_index("ix_click_count_folded", "click_count", ["folded"])
    op.create_table(
        "good_query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_good_query")),
        sa.UniqueConstraint("folded", name=op.f("uq_good_query_folded")),
    )
    op.create_table(
        "settled_query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome IN ('done','ignored')", name=op.f("ck_settled_query_outcome")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user.id"], name=op.f("fk_settled_query_by_id_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settled_query")),
        sa.UniqueConstraint("folded", name=op.f("uq_settled_query_folded")),
    )


def downgrade():
    op.drop_table("settled_query")
    op.drop_table("good_query")
    op.drop_index("ix_click_count_folded", table_name="click_count")
    op.drop_table("click_count")
    op.drop_index("ix_query_count_folded", table_name="query_count")
    op.drop_table("query_count")
    op.drop_column("synonym", "version")
