"""issues of the newsletter and who asked for it

Revision ID: 20261216newsletter
Revises: 20261215knowledge
"""

import sqlalchemy as sa
from alembic import op

revision = "20261216newsletter"
down_revision = "20261215knowledge"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "newsletter_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("wording", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("mailed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(email IS NULL) <> (user_id IS NULL)",
            name=op.f("ck_newsletter_subscription_one_address"),
        ),
        sa.CheckConstraint(
            "state IN ('asked','confirmed')", name=op.f("ck_newsletter_subscription_state")
        ),
        sa.CheckConstraint(
            "how IN ('form','account')", name=op.f("ck_newsletter_subscription_how")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
            name=op.f("fk_newsletter_subscription_user_id_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletter_subscription")),
        sa.UniqueConstraint("email", name=op.f("uq_newsletter_subscription_email")),
        sa.UniqueConstraint("user_id", name=op.f("uq_newsletter_subscription_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_newsletter_subscription_state"), "newsletter_subscription", ["state"])
    op.create_table(
        "newsletter_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("preface", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("render_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("scheduled_at", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("correction", sa.String(length=1000), nullable=False),
        sa.Column("corrected_at", MOMENT, nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','scheduled','sending','sent')",
            name=op.f("ck_newsletter_issue_state"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_newsletter_issue_created_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["sent_by_id"],
            ["user.id"],
            name=op.f("fk_newsletter_issue_sent_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletter_issue")),
        sa.UniqueConstraint("number", name=op.f("uq_newsletter_issue_number")),
    )
    op.create_index("ix_newsletter_issue_state", "newsletter_issue", ["state", "scheduled_at"])
    op.create_table(
        "newsletter_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("accessed", sa.Date(), nullable=True),
        sa.Column("teaser", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('heading','text','link','document','page','dossier','thread','experience',"
            "'post')",
            name=op.f("ck_newsletter_item_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["newsletter_issue.id"],
            name=op.f("fk_newsletter_item_issue_id_newsletter_issue"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletter_item")),
    )
    op.create_index(op.f("ix_newsletter_item_issue_id"), "newsletter_item", ["issue_id"])
    op.create_table(
        "newsletter_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["newsletter_issue.id"],
            name=op.f("fk_newsletter_recipient_issue_id_newsletter_issue"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["newsletter_subscription.id"],
            name=op.f("fk_newsletter_recipient_subscription_id_newsletter_subscription"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["mail_delivery.id"],
            name=op.f("fk_newsletter_recipient_delivery_id_mail_delivery"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletter_recipient")),
        sa.UniqueConstraint(
            "issue_id", "subscription_id", name=op.f("uq_newsletter_recipient_issue_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_newsletter_recipient_waiting", "newsletter_recipient", ["issue_id", "delivery_id"]
    )
    op.create_index(
        op.f("ix_newsletter_recipient_subscription_id"),
        "newsletter_recipient",
        ["subscription_id"],
    )
    op.create_index(
        op.f("ix_newsletter_recipient_delivery_id"), "newsletter_recipient", ["delivery_id"]
    )


def downgrade():
    op.drop_table("newsletter_recipient")
    op.drop_table("newsletter_item")
    op.drop_table("newsletter_issue")
    op.drop_table("newsletter_subscription")
