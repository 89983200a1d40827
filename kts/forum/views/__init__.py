"""Pages of the forum: rooms, threads, posts, and what moderators do in them."""

from kts.forum.views import answering, opening  # noqa: F401 - they add to the blueprint of threads
from kts.forum.views.attachments import attachments
from kts.forum.views.categories import forum
from kts.forum.views.drafts import drafts
from kts.forum.views.group_rooms import group_rooms
from kts.forum.views.held import held
from kts.forum.views.kinds import kinds
from kts.forum.views.lists import lists
from kts.forum.views.marks import marks
from kts.forum.views.moderation import moderation
from kts.forum.views.posts import posts
from kts.forum.views.threads import threads
from kts.forum.views.writing import writing

BLUEPRINTS = (
    *(forum, lists, threads, posts, kinds, writing),
    *(attachments, drafts, held, marks, moderation, group_rooms),
)
