"""subscriptions: how closely people follow threads, categories, topics, municipalities, groups

Revision ID: 20261203subscriptions
Revises: 20261202mentions
"""

import sqlalchemy as sa
from alembic import op

revision = "20261203subscriptions"
down_revision = "20261202mentions"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('category','thread','topic','municipality','group')",
            name=op.f("ck_subscription_kind"),
        ),
        sa.CheckConstraint(
            "level IN ('watch','follow','normal','mute')", name=op.f("ck_subscription_level")
        ),
        sa.CheckConstraint(
            "reason IN ('chosen','wrote','opened','mentioned')",
            name=op.f("ck_subscription_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_subscription_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("user_id", "kind", "target_id", name=op.f("uq_subscription_user_id")),
    )
    op.create_index("ix_subscription_target", "subscription", ["kind", "target_id", "level"])
    op.create_index("ix_notification_event_id", "notification", ["event_id"])
    _let_writers_follow()


def _let_writers_follow():
    """Whoever wrote in a thread was told of its answers until now, and goes on being told."""
    op.execute(
        "INSERT INTO subscription (user_id, kind, target_id, level, reason, created) "
        "SELECT author_id, 'thread', thread_id, 'follow', 'wrote', MIN(created) FROM post "
        "WHERE author_id IS NOT NULL GROUP BY author_id, thread_id"
    )


def downgrade():
    op.drop_index("ix_notification_event_id", "notification")
    op.drop_index("ix_subscription_target", "subscription")
    op.drop_table("subscription")
