"""What the forum does at night: rendering anew, forgetting what was deleted, clearing uploads."""

from kts.core import storage
from kts.core.tasks import nightly, recover
from kts.core.text import RENDER_VERSION
from kts.core.transactions import reading
from kts.extensions import db
from kts.forum import services
from kts.forum.models import Post
from kts.forum.services import heat, kinds, moderation
from kts.forum.services.attachments import remove_unbound
from kts.forum.services.deleting import forget_old
from kts.forum.services.drafts import remove_discarded
from kts.forum.services.forgetting import forget_decided

BATCH = 200  # a transaction short enough that nobody waits for it


@nightly
def render_old_posts() -> int:
    """Bring every post's HTML to the current rules; give how many were rendered."""
    old = db.select(Post).where(Post.render_version != RENDER_VERSION).order_by(Post.id)
    done = 0
    while posts := db.session.scalars(old.limit(BATCH)).all():
        for post in posts:
            services.render_again(post)
        done += len(posts)
        db.session.commit()
    return done


@nightly
def derive_missing_counts() -> int:
    """Derive the counts of threads that came without them; give how many."""
    done = after = 0
    while ids := heat.underived_threads(after):
        heat.derive_counts(ids)
        db.session.commit()
        after = ids[-1]
        done += len(ids)
    return done


@nightly
def forget_deleted() -> int:
    """Remove the words of posts and threads whose time to undo is over; give how many."""
    done = 0
    while forgotten := forget_old(BATCH):
        done += forgotten
        db.session.commit()
    return done


@nightly
def forget_decided_contributions() -> int:
    """Delete what was held and decided long ago; give how many."""
    done = 0
    while forgotten := forget_decided():
        done += forgotten
        db.session.commit()
    return done


@nightly
def remove_uploads() -> int:
    """Remove uploads that nothing shows, and the files that nothing else uses; give how many."""
    done = 0
    while keys := remove_unbound(BATCH):
        db.session.commit()  # rows first: a file without a row is only space, a row without is loss
        for key in keys:
            storage.delete_unused(key)
        done += len(keys)
    return done


@nightly
def remove_drafts() -> int:
    """Delete discarded drafts that nobody brought back; give how many."""
    done = remove_discarded()
    db.session.commit()
    return done


@recover
def end_acts_in_time() -> int:
    """Unpin threads and end slow mode where that was to last until now; give how many acts."""
    with reading():
        due = moderation.acts_over()
    db.session.rollback()
    if not due:
        return 0
    done = moderation.end_what_is_over()
    db.session.commit()
    return done


@recover
def end_announcements() -> int:
    """Unpin announcements that are news no longer; give how many."""
    with reading():
        due = kinds.due_announcements()
    db.session.rollback()
    if not due:
        return 0
    done = kinds.end_announcements()
    db.session.commit()
    return done
