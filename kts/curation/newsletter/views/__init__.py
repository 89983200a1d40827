"""The pages of the newsletter: subscribing, the archive, and the moderators' desk."""

from kts.curation.newsletter.views import archive, editing, parts, sending
from kts.curation.newsletter.views.blueprints import newsletter, newsletter_desk
from kts.curation.newsletter.views.subscribing import own_choice

BLUEPRINTS = (newsletter, newsletter_desk)

__all__ = ["BLUEPRINTS", "archive", "editing", "own_choice", "parts", "sending"]
