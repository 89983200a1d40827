"""mailing: when people want mails, when a notification is due, and finding what is unsent

Revision ID: 20261204mailing
Revises: 20261203subscriptions
"""

import sqlalchemy as sa
from alembic import op

revision = "20261204mailing"
down_revision = "20261203subscriptions"
branch_labels = None
depends_on = None

FREQUENCIES = "IN ('now','daily','weekly','none')"


def upgrade():
    op.create_table(
        "notification_preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        *(sa.Column(level, sa.String(length=10), nullable=False) for level in ("direct", "watch")),
        sa.Column("follow", sa.String(length=10), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("quiet_weekends", sa.Boolean(), nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_to", sa.Date(), nullable=True),
        sa.Column("follow_own", sa.Boolean(), nullable=False),
        sa.Column("bookmark_mails", sa.Boolean(), nullable=False),
        sa.Column("suggestions", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("weekly_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.CheckConstraint(
                f"{level} {FREQUENCIES}", name=op.f(f"ck_notification_preference_{level}")
            )
            for level in ("direct", "watch", "follow")
        ),
        sa.CheckConstraint(
            "weekday BETWEEN 0 AND 6", name=op.f("ck_notification_preference_weekday")
        ),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_notification_preference_hour")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_notification_preference_user_id_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_preference")),
    )
    op.create_index(
        "ix_notification_preference_weekly_at", "notification_preference", ["weekly_at"]
    )
    with op.batch_alter_table("notification") as batch:
        batch.add_column(sa.Column("mail_due", sa.DateTime(timezone=True), nullable=True))
        batch.create_index("ix_notification_mail_due", ["mailed_at", "mail_due"])
    with op.batch_alter_table("mail_delivery") as batch:
        batch.create_index("ix_mail_delivery_unsent", ["sent", "due"])


def downgrade():
    with op.batch_alter_table("mail_delivery") as batch:
        batch.drop_index("ix_mail_delivery_unsent")
    with op.batch_alter_table("notification") as batch:
        batch.drop_index("ix_notification_mail_due")
        batch.drop_column("mail_due")
    op.drop_table("notification_preference")
