"""What is done to drafts and what comes of them; services that flush and never commit."""

from kts.curation.distilling.services.asking import (
    CHOICES,
    answer,
    ask,
    keep_words,
    remind,
    take_over,
)
from kts.curation.distilling.services.drafting import (
    add_posts,
    begin,
    bring_back,
    change,
    drop,
)
from kts.curation.distilling.services.publishing import (
    publish_experience,
    publish_factsheet,
    receive_factsheet,
    require_publishable,
)
from kts.curation.distilling.services.withdrawing import prepare, withdraw_name

__all__ = [
    "CHOICES",
    "add_posts",
    "answer",
    "ask",
    "begin",
    "bring_back",
    "change",
    "drop",
    "keep_words",
    "prepare",
    "publish_experience",
    "publish_factsheet",
    "receive_factsheet",
    "remind",
    "require_publishable",
    "take_over",
    "withdraw_name",
]
