"""Keeping the rules, and vouching for people; services that flush and never commit."""

from kts.curation.rules.services.hosts import add_host, change_host
from kts.curation.rules.services.keeping import bring_back, delete_rule
from kts.curation.rules.services.newcomers import change_newcomers, newcomer_rule
from kts.curation.rules.services.vouching import stop_vouching, vouch_for
from kts.curation.rules.services.words import Added, add_word, add_words, change_word

__all__ = [
    "Added",
    "add_host",
    "add_word",
    "add_words",
    "bring_back",
    "change_host",
    "change_newcomers",
    "change_word",
    "delete_rule",
    "newcomer_rule",
    "stop_vouching",
    "vouch_for",
]
