"""words and links that hold contributions back, limits for new members

Revision ID: 20261211holding
Revises: 20261210dossierbooks
"""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "20261211holding"
down_revision = "20261210dossierbooks"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "held_contribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("edited", sa.JSON(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decision_rule", sa.String(length=200), nullable=False),
        sa.Column("result_thread_id", sa.Integer(), nullable=True),
        sa.Column("result_post_id", sa.Integer(), nullable=True),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('thread','answer','edit','experience')",
            name=op.f("ck_held_contribution_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting','changes','released','refused','withdrawn')",
            name=op.f("ck_held_contribution_state"),
        ),
        _reference("held_contribution", "author_id", "user", "CASCADE"),
        _reference("held_contribution", "category_id", "category"),
        _reference("held_contribution", "thread_id", "thread"),
        _reference("held_contribution", "post_id", "post"),
        _reference("held_contribution", "decided_by_id", "user"),
        _reference("held_contribution", "result_thread_id", "thread"),
        _reference("held_contribution", "result_post_id", "post"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_contribution")),
        sa.UniqueConstraint("author_id", "submission", name=op.f("uq_held_contribution_author_id")),
    )
    op.create_index(
        "ix_held_contribution_author_state", "held_contribution", ["author_id", "state"]
    )
    op.create_index("ix_held_contribution_state_created", "held_contribution", ["state", "created"])
    op.create_index(op.f("ix_held_contribution_thread_id"), "held_contribution", ["thread_id"])
    op.create_table(
        "watched_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phrase", sa.String(length=120), nullable=False),
        sa.Column("folded", sa.String(length=240), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_word")),
        sa.UniqueConstraint("folded", "whole", name=op.f("uq_watched_word_folded")),
    )
    op.create_table(
        "watched_host",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("effect", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("effect IN ('held','never')", name=op.f("ck_watched_host_effect")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_host")),
        sa.UniqueConstraint("host", name=op.f("uq_watched_host_host")),
    )
    newcomers = op.create_table(
        "newcomer_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("young_days", sa.Integer(), nullable=False),
        sa.Column("few_posts", sa.Integer(), nullable=False),
        sa.Column("hold_first", sa.Integer(), nullable=False),
        sa.Column("most_links", sa.Integer(), nullable=False),
        sa.Column("posts_a_day", sa.Integer(), nullable=False),
        sa.Column("threads_a_day", sa.Integer(), nullable=False),
        sa.Column("links_a_post", sa.Integer(), nullable=False),
        sa.Column("files_a_post", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newcomer_rule")),
    )
    op.create_table(
        "vouched_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("vouched_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        _reference("vouched_member", "user_id", "user", "CASCADE"),
        _reference("vouched_member", "vouched_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouched_member")),
        sa.UniqueConstraint("user_id", name=op.f("uq_vouched_member_user_id")),
    )
    moment = datetime.datetime.now(datetime.UTC)
    limits = ("hold_first", "most_links", "posts_a_day", "threads_a_day")
    nothing = dict.fromkeys((*limits, "links_a_post", "files_a_post"), 0)
    row = {"id": 1, "young_days": 14, "few_posts": 3, "version": 1, **nothing}
    op.bulk_insert(newcomers, [{**row, "created": moment, "updated": moment}])


def _reference(table, column, target, when_deleted="SET NULL"):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=when_deleted)


def downgrade():
    op.drop_table("vouched_member")
    op.drop_table("newcomer_rule")
    op.drop_table("watched_host")
    op.drop_table("watched_word")
    op.drop_table("held_contribution")
