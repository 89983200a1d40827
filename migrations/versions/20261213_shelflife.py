"""when content was last confirmed and who looks after it

Revision ID: 20261213shelflife
Revises: 20261212reviewing
"""

import sqlalchemy as sa
from alembic import op

revision = "20261213shelflife"
down_revision = "20261212reviewing"
branch_labels = None
depends_on = None

#: Months; None holds for ever, for it says what was so at its time.
PERIODS = {
    "document.strategy": 24,
    "document.concept": 24,
    "document.guideline": 24,
    "document.factsheet": 24,
    "document.statute": 36,
    "document.report": None,
    "document.study": None,
    "document.resolution": None,
    "document.presentation": None,
    "document.dataset": None,
    "document.other": None,
    "experience": 18,
    "dossier": 12,
}


def upgrade():
    _add_shelf_life()
    _add_periods()
    _add_succession()
    _add_operating()


def _add_shelf_life():
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "shelf_life",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=60), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("published_at", moment, nullable=False),
        sa.Column("confirmed_at", moment, nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("by_kts", sa.Boolean(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("outdated", sa.Boolean(), nullable=False),
        sa.Column("doubted_at", moment, nullable=True),
        sa.Column("had_owner", sa.Boolean(), nullable=False),
        sa.Column("left_at", moment, nullable=True),
        sa.Column("settled_at", moment, nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_at", moment, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_shelf_life_municipality_id_municipality"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user.id"],
            name=op.f("fk_shelf_life_owner_id_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["user.id"],
            name=op.f("fk_shelf_life_confirmed_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_life")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_shelf_life_kind")),
        sqlite_autoincrement=True,
    )
    for column in ("content", "municipality_id", "owner_id"):
        op.create_index(op.f(f"ix_shelf_life_{column}"), "shelf_life", [column])
    op.create_index("ix_shelf_life_due", "shelf_life", ["active", "outdated", "due"])


def _add_periods():
    table = op.create_table(
        "shelf_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=60), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "months IS NULL OR (months >= 1 AND months <= 120)",
            name=op.f("ck_shelf_period_months"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_period")),
        sa.UniqueConstraint("content", name=op.f("uq_shelf_period_content")),
    )
    rows = [{"content": name, "months": months, "version": 1} for name, months in PERIODS.items()]
    op.bulk_insert(table, rows)


def _add_succession():
    op.create_table(
        "succession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("successor_kind", sa.String(length=20), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
            name=op.f("fk_succession_created_by_id_user"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_succession_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_succession_successor", "succession", ["successor_kind", "successor_id"])


def _add_operating():
    """Remember of model projects what became of them after their funding."""
    with op.batch_alter_table("model_project") as batch:
        batch.add_column(
            sa.Column("operating", sa.String(length=20), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("operating_on", sa.Date(), nullable=True))
        batch.add_column(
            sa.Column("operating_note", sa.String(length=500), nullable=False, server_default="")
        )
        batch.add_column(
            sa.Column("operating_office", sa.String(length=200), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("asked", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint(
            op.f("ck_model_project_operating"),
            "operating IN ('','continues','reduced','handed_over','ended')",
        )
    op.create_index(op.f("ix_model_project_operating"), "model_project", ["operating"])


def downgrade():
    op.drop_index(op.f("ix_model_project_operating"), "model_project")
    with op.batch_alter_table("model_project") as batch:
        batch.drop_constraint(op.f("ck_model_project_operating"), type_="check")
        for column in ("asked_at", "asked", "operating_office", "operating_note"):
            batch.drop_column(column)
        batch.drop_column("operating_on")
        batch.drop_column("operating")
    op.drop_table("succession")
    op.drop_table("shelf_period")
    op.drop_table("shelf_life")
