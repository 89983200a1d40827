"""People who are named in a post."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kts.extensions import db


class PostMention(db.Model):
    """A person whom a post names with an @ and who may read it; derived from the text at each save.

    A row stays the same row while the name stays in the text, so that nobody is told twice.
    Somebody who may not see the thread never gets a row.
    """

    __tablename__ = "post_mention"
    __table_args__ = (UniqueConstraint("post_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
