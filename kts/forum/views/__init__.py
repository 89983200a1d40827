"""Pages of the forum: rooms, threads, posts, and what moderators do in them."""

from kts.forum.views.categories import forum
from kts.forum.views.moderation import moderation
from kts.forum.views.posts import posts
from kts.forum.views.threads import threads

BLUEPRINTS = (forum, threads, posts, moderation)
