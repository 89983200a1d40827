"""What can be done with the kinds of threads, by noun; services that flush and never commit."""

from kts.forum.services.deriving import derive_accepted
from kts.forum.services.kinds.accepting import accept_post, withdraw_acceptance
from kts.forum.services.kinds.announcing import due_announcements, end_announcements
from kts.forum.services.kinds.choosing import Details, change_kind, open_thread
from kts.forum.services.kinds.experiences import change_experience, compose, first_post
from kts.forum.services.kinds.official import official_for
from kts.forum.services.kinds.polls import (
    PollSettings,
    change_poll,
    close_poll,
    vote,
    withdraw_vote,
)
from kts.forum.services.kinds.problems import count_problems, share_problem, unshare_problem

__all__ = [
    "Details",
    "PollSettings",
    "accept_post",
    "change_experience",
    "change_kind",
    "change_poll",
    "close_poll",
    "compose",
    "count_problems",
    "derive_accepted",
    "due_announcements",
    "end_announcements",
    "first_post",
    "official_for",
    "open_thread",
    "share_problem",
    "unshare_problem",
    "vote",
    "withdraw_acceptance",
    "withdraw_vote",
]
