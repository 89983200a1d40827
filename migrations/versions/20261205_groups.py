"""groups: what they are, who asks to join, handing over a role, rooms named for one audience

Revision ID: 20261205groups
Revises: 20261204mailing
"""

import sqlalchemy as sa
from alembic import op

revision = "20261205groups"
down_revision = "20261204mailing"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'open'")


def upgrade():
    _describe_groups()
    _add_join_requests()
    _add_handovers()
    with op.batch_alter_table("thread") as batch:
        batch.add_column(sa.Column("steward_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_thread_steward_id_user"), "user", ["steward_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_index("ix_thread_steward_id", ["steward_id"])
    with op.batch_alter_table("category") as batch:
        batch.drop_constraint(op.f("uq_category_name"), type_="unique")
        batch.create_unique_constraint(op.f("uq_category_visibility"), ["visibility", "name"])


def _describe_groups():
    with op.batch_alter_table("group") as batch:
        batch.add_column(
            sa.Column("description_html", sa.Text(), nullable=False, server_default="")
        )
        batch.add_column(
            sa.Column("kind", sa.String(length=20), nullable=False, server_default="group")
        )
        batch.add_column(
            sa.Column("joining", sa.String(length=12), nullable=False, server_default="invitation")
        )
        batch.add_column(sa.Column("archived", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint(
            op.f("ck_group_kind"), "kind IN ('dialogplattform','working_group','network','group')"
        )
        batch.create_check_constraint(
            op.f("ck_group_joining"), "joining IN ('request','invitation','open')"
        )
        batch.create_check_constraint(
            op.f("ck_group_closed_by_invitation"), "NOT closed OR joining = 'invitation'"
        )
    op.execute("UPDATE \"group\" SET joining = 'request' WHERE NOT closed")
    with op.batch_alter_table("group") as batch:
        for name in ("description_html", "kind", "joining"):
            batch.alter_column(name, server_default=None)


def _person(table, column, ondelete):
    return sa.ForeignKeyConstraint(
        [column], ["user.id"], name=op.f(f"fk_{table}_{column}_user"), ondelete=ondelete
    )


def _add_join_requests():
    table = "group_join_request"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open','approved','declined','withdrawn')",
            name=op.f("ck_group_join_request_state"),
        ),
        _person(table, "user_id", "CASCADE"),
        _person(table, "decided_by_id", "SET NULL"),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["group.id"],
            name=op.f("fk_group_join_request_group_id_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_join_request")),
    )
    op.create_index("ix_group_join_request_group", table, ["group_id", "state", "id"])
    op.create_index(
        "uq_group_join_request_waiting",
        table,
        ["user_id", "group_id"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def _add_handovers():
    table = "role_handover"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_user_id", sa.Integer(), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("keeps_subscriptions", sa.Boolean(), nullable=False),
        sa.Column("copies_searches", sa.Boolean(), nullable=False),
        sa.Column("afterwards", sa.String(length=10), nullable=False),
        sa.Column("shown_as", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open','accepted','declined','withdrawn')",
            name=op.f("ck_role_handover_state"),
        ),
        sa.CheckConstraint(
            "afterwards IN ('stays','place','platform')", name=op.f("ck_role_handover_afterwards")
        ),
        sa.CheckConstraint(
            "shown_as IN ('full','short','role')", name=op.f("ck_role_handover_shown_as")
        ),
        _person(table, "from_user_id", "CASCADE"),
        _person(table, "to_user_id", "CASCADE"),
        _person(table, "started_by_id", "SET NULL"),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["municipality.id"],
            name=op.f("fk_role_handover_municipality_id_municipality"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_handover")),
    )
    op.create_index("ix_role_handover_successor", table, ["to_user_id", "state"])
    op.create_index("ix_role_handover_email", table, ["email", "state"])
    op.create_index(op.f("ix_role_handover_municipality_id"), table, ["municipality_id"])
    op.create_index(
        "uq_role_handover_waiting",
        table,
        ["from_user_id", "municipality_id"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade():
    with op.batch_alter_table("category") as batch:
        batch.drop_constraint(op.f("uq_category_visibility"), type_="unique")
        batch.create_unique_constraint(op.f("uq_category_name"), ["name"])
    with op.batch_alter_table("thread") as batch:
        batch.drop_index("ix_thread_steward_id")
        batch.drop_constraint(op.f("fk_thread_steward_id_user"), type_="foreignkey")
        batch.drop_column("steward_id")
    op.drop_table("role_handover")
    op.drop_table("group_join_request")
    with op.batch_alter_table("group") as batch:
        for name in ("kind", "joining", "closed_by_invitation"):
            batch.drop_constraint(op.f(f"ck_group_{name}"), type_="check")
        for name in ("archived", "joining", "kind", "description_html"):
            batch.drop_column(name)
