"""conversations: kinds, scores and traces of threads, events and levels of notifications

Revision ID: 20261128conversations
Revises: 20261127dossiers
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128conversations"
down_revision = "20261127dossiers"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "stamp",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stamp")),
    )
    with op.batch_alter_table("user") as batch:
        batch.add_column(sa.Column("handle", sa.String(length=100), nullable=True))
        batch.add_column(sa.Column("shown_name", sa.String(length=200), nullable=True))
        batch.create_unique_constraint(op.f("uq_user_handle"), ["handle"])
    with op.batch_alter_table("mail_delivery") as batch:
        batch.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("key", sa.String(length=100), nullable=True))
        batch.add_column(sa.Column("headers", sa.JSON(), nullable=False, server_default="{}"))
        batch.create_foreign_key(
            op.f("fk_mail_delivery_user_id_user"), "user", ["user_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_unique_constraint(op.f("uq_mail_delivery_key"), ["key"])
        batch.create_index("ix_mail_delivery_user_id", ["user_id"])
    with op.batch_alter_table("mail_delivery") as batch:
        batch.alter_column("headers", server_default=None)
    _add_notification_columns()
    _add_thread_columns()
    with op.batch_alter_table("post") as batch:
        batch.add_column(sa.Column("deleted", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("wiki", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("rating", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("official_for_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_post_official_for_id_municipality"),
            "municipality",
            ["official_for_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch.create_index("ix_post_author_created", ["author_id", "created"])
    _forget_defaults("post", "wiki", "rating")


def _add_notification_columns():
    op.create_table(
        "notification_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(length=60), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["user.id"],
            name=op.f("fk_notification_event_actor_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_event")),
    )
    op.create_index("ix_notification_event_done", "notification_event", ["done", "id"])
    with op.batch_alter_table("notification") as batch:
        batch.add_column(sa.Column("event_id", sa.Integer(), nullable=True))
        batch.add_column(
            sa.Column("level", sa.String(length=10), nullable=False, server_default="direct")
        )
        batch.add_column(
            sa.Column("target", sa.String(length=60), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("data", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_notification_event_id_notification_event"),
            "notification_event",
            ["event_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch.create_unique_constraint(op.f("uq_notification_user_id"), ["user_id", "event_id"])
        batch.create_check_constraint(
            op.f("ck_notification_level"), "level IN ('direct','watch','follow','normal')"
        )
        batch.create_index("ix_notification_mailed", ["mailed_at", "user_id"])
        batch.create_index("ix_notification_user_target", ["user_id", "target"])
    _forget_defaults("notification", "level", "target", "data")
    # what was told before there were levels is not sent by mail afterwards
    op.execute("UPDATE notification SET mailed_at = created")


def _add_thread_columns():
    with op.batch_alter_table("thread") as batch:
        batch.add_column(
            sa.Column("kind", sa.String(length=20), nullable=False, server_default="discussion")
        )
        for name in ("problem_count", "answers_by_others", "slow_seconds"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("hot", sa.Double(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("accepted_post_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("deleted", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_thread_merged_into_id_thread"),
            "thread",
            ["merged_into_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch.create_check_constraint(
            op.f("ck_thread_kind"),
            "kind IN ('question','experience','discussion','announcement','poll')",
        )
        batch.create_check_constraint(op.f("ck_thread_slow_seconds"), "slow_seconds >= 0")
        batch.create_index("ix_thread_merged_into_id", ["merged_into_id"])
        batch.create_index("ix_thread_visibility_hot", ["visibility", "hot"])
        batch.create_index("ix_thread_visibility_created", ["visibility", "created"])
    _forget_defaults("thread", "kind", "problem_count", "answers_by_others", "slow_seconds", "hot")


def _forget_defaults(table, *columns):
    with op.batch_alter_table(table) as batch:
        for name in columns:
            batch.alter_column(name, server_default=None)


def downgrade():
    with op.batch_alter_table("post") as batch:
        batch.drop_index("ix_post_author_created")
        batch.drop_constraint(op.f("fk_post_official_for_id_municipality"), type_="foreignkey")
        for name in ("official_for_id", "rating", "wiki", "deleted"):
            batch.drop_column(name)
    with op.batch_alter_table("thread") as batch:
        for name in ("ix_thread_visibility_created", "ix_thread_visibility_hot"):
            batch.drop_index(name)
        batch.drop_index("ix_thread_merged_into_id")
        batch.drop_constraint(op.f("ck_thread_slow_seconds"), type_="check")
        batch.drop_constraint(op.f("ck_thread_kind"), type_="check")
        batch.drop_constraint(op.f("fk_thread_merged_into_id_thread"), type_="foreignkey")
        for name in (
            *("merged_into_id", "deleted", "accepted_post_id", "hot"),
            *("slow_seconds", "answers_by_others", "problem_count", "kind"),
        ):
            batch.drop_column(name)
    with op.batch_alter_table("notification") as batch:
        batch.drop_index("ix_notification_user_target")
        batch.drop_index("ix_notification_mailed")
        batch.drop_constraint(op.f("ck_notification_level"), type_="check")
        batch.drop_constraint(op.f("uq_notification_user_id"), type_="unique")
        batch.drop_constraint(
            op.f("fk_notification_event_id_notification_event"), type_="foreignkey"
        )
        for name in ("mailed_at", "data", "target", "level", "event_id"):
            batch.drop_column(name)
    op.drop_table("notification_event")
    with op.batch_alter_table("mail_delivery") as batch:
        batch.drop_index("ix_mail_delivery_user_id")
        batch.drop_constraint(op.f("uq_mail_delivery_key"), type_="unique")
        batch.drop_constraint(op.f("fk_mail_delivery_user_id_user"), type_="foreignkey")
        for name in ("headers", "key", "user_id"):
            batch.drop_column(name)
    with op.batch_alter_table("user") as batch:
        batch.drop_constraint(op.f("uq_user_handle"), type_="unique")
        batch.drop_column("shown_name")
        batch.drop_column("handle")
    op.drop_table("stamp")
