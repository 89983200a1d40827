"""kinds: accepted answers, shared problems, experiences, announcements, polls

Revision ID: 20261130kinds
Revises: 20261129reading_lists
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130kinds"
down_revision = "20261129reading_lists"
branch_labels = None
depends_on = None


def upgrade():
    _create_acceptance()
    _create_shared_problem()
    _create_experience()
    _create_announcement()
    _create_poll()
    _create_poll_vote()


def _thread():
    return sa.Column("thread_id", sa.Integer(), nullable=False)


def _refers(table, column, target, ondelete, target_column="id"):
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.{target_column}"],
        name=op.f(f"fk_{table}_{column}_{target}"),
        ondelete=ondelete,
    )


def _create_acceptance():
    op.create_table(
        "acceptance",
        _thread(),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        _refers("acceptance", "thread_id", "thread", "CASCADE"),
        _refers("acceptance", "post_id", "post", "CASCADE"),
        _refers("acceptance", "actor_id", "user", "SET NULL"),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_acceptance")),
    )
    op.create_index(op.f("ix_acceptance_post_id"), "acceptance", ["post_id"])


def _create_shared_problem():
    op.create_table(
        "shared_problem",
        sa.Column("id", sa.Integer(), nullable=False),
        _thread(),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        _refers("shared_problem", "thread_id", "thread", "CASCADE"),
        _refers("shared_problem", "user_id", "user", "CASCADE"),
        _refers("shared_problem", "municipality_id", "municipality", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_problem")),
        sa.UniqueConstraint("thread_id", "user_id", name=op.f("uq_shared_problem_thread_id")),
    )
    op.create_index(op.f("ix_shared_problem_user_id"), "shared_problem", ["user_id"])
    op.create_index(
        op.f("ix_shared_problem_municipality_id"), "shared_problem", ["municipality_id"]
    )


def _create_experience():
    op.create_table(
        "experience",
        _thread(),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("start", "done", "worked", "failed", "cost", "advice")
        ),
        sa.Column("duration", sa.String(length=200), nullable=False),
        sa.Column("cost_euro", sa.Integer(), nullable=True),
        sa.Column("effort_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("cost_euro >= 0", name=op.f("ck_experience_cost_euro")),
        sa.CheckConstraint("effort_days >= 0", name=op.f("ck_experience_effort_days")),
        _refers("experience", "thread_id", "thread", "CASCADE"),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_experience")),
    )


def _create_announcement():
    op.create_table(
        "announcement",
        _thread(),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        _refers("announcement", "thread_id", "thread", "CASCADE"),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_announcement")),
    )
    op.create_index(op.f("ix_announcement_until"), "announcement", ["until"])


def _create_poll():
    op.create_table(
        "poll",
        _thread(),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("results", sa.String(length=20), nullable=False),
        sa.Column("counted", sa.String(length=20), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("most >= 1", name=op.f("ck_poll_most")),
        sa.CheckConstraint("results IN ('open','voted','ended')", name=op.f("ck_poll_results")),
        sa.CheckConstraint("counted IN ('person','municipality')", name=op.f("ck_poll_counted")),
        _refers("poll", "thread_id", "thread", "CASCADE"),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_poll")),
    )
    op.create_table(
        "poll_option",
        sa.Column("id", sa.Integer(), nullable=False),
        _thread(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_poll_option_position")),
        _refers("poll_option", "thread_id", "poll", "CASCADE", "thread_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_option")),
    )
    op.create_index("ix_poll_option_thread", "poll_option", ["thread_id", "position"])


def _create_poll_vote():
    op.create_table(
        "poll_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        _thread(),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.Column("voter", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        _refers("poll_vote", "thread_id", "poll", "CASCADE", "thread_id"),
        _refers("poll_vote", "option_id", "poll_option", "CASCADE"),
        _refers("poll_vote", "user_id", "user", "SET NULL"),
        _refers("poll_vote", "municipality_id", "municipality", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_vote")),
        sa.UniqueConstraint("option_id", "voter", name=op.f("uq_poll_vote_option_id")),
    )
    op.create_index("ix_poll_vote_thread_voter", "poll_vote", ["thread_id", "voter"])
    for name in ("user_id", "municipality_id"):
        op.create_index(op.f(f"ix_poll_vote_{name}"), "poll_vote", [name])


def downgrade():
    for table in (
        *("poll_vote", "poll_option", "poll", "announcement", "experience"),
        *("shared_problem", "acceptance"),
    ):
        op.drop_table(table)
