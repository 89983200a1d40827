"""the setting of the desk

Revision ID: 20261217reportsrest
Revises: 20261216newsletter
"""

import sqlalchemy as sa
from alembic import op

revision = "20261217reportsrest"
down_revision = "20261216newsletter"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "desk_setting",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id"),
    )


def downgrade():
    op.drop_table("desk_setting")
