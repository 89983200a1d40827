"""mentions: names to write after an @, and who is named in a post

Revision ID: 20261202mentions
Revises: 20261201writing
"""

import sqlalchemy as sa
from alembic import op
from slugify import slugify

revision = "20261202mentions"
down_revision = "20261201writing"
branch_labels = None
depends_on = None

GERMAN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"))
HANDLE_LENGTH = 80  # leaves room for a number in the column


def upgrade():
    op.create_table(
        "post_mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_mention_post_id_post"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_post_mention_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_mention")),
        sa.UniqueConstraint("post_id", "user_id", name=op.f("uq_post_mention_post_id")),
    )
    op.create_index(op.f("ix_post_mention_user_id"), "post_mention", ["user_id"])
    _give_handles()


def _give_handles():
    """Name the active accounts; imported people who never had one stay without."""
    user = sa.table(
        "user", sa.column("id"), sa.column("name"), sa.column("handle"), sa.column("active")
    )
    connection = op.get_bind()
    taken = set(connection.scalars(sa.select(user.c.handle).where(user.c.handle.is_not(None))))
    nameless = sa.select(user.c.id, user.c.name).where(
        user.c.handle.is_(None), user.c.active.is_(sa.true())
    )
    for user_id, name in connection.execute(nameless.order_by(user.c.id)).all():
        handle = _free(name, taken)
        taken.add(handle)
        connection.execute(user.update().where(user.c.id == user_id).values(handle=handle))


def _free(name, taken):
    slug = slugify(name, max_length=HANDLE_LENGTH, word_boundary=True, replacements=GERMAN) or "x"
    handle, number = slug, 1
    while handle in taken:
        number += 1
        handle = f"{slug}-{number}"
    return handle


def downgrade():
    op.execute('UPDATE "user" SET handle = NULL')
    op.drop_index(op.f("ix_post_mention_user_id"), table_name="post_mention")
    op.drop_table("post_mention")
