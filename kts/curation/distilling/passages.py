"""The words of a post as a passage: what is left out when they are taken over, and their mark."""

import re

from kts.core.mail import base_url

#: Stands in a section on a line of its own where the passage of that number is quoted.
MARK = re.compile(r"\[\[\s*(?:zitat|quotation)\s+(\d{1,6})\s*\]\]", re.IGNORECASE)
LEFT_OUT = re.compile(r"\[(?:…|\.\.\.)\]")  # how a quotation says that something was left out
LEAST_ALIKE = 25  # characters of a sentence; shorter ones are said by many

_QUOTED = re.compile(r"^ {0,3}>.*$\n?", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_OWN_LINK = re.compile(r"\]\((?=/)")
_MENTION = re.compile(r"(?<![\w@/.])@(?=[a-z0-9])")
_SENTENCE = re.compile(r"[.!?…]+\s+|\n+")
_SIGNS = re.compile(r"[\W_]+")


def mark(number: int) -> str:
    """Write the mark of a passage."""
    return f"[[Zitat {number}]]"


def marks_in(text: str) -> list[int]:
    """Give the numbers of the passages that a text quotes."""
    return [int(number) for number in MARK.findall(text)]


def words_of(source: str) -> str:
    """Give what somebody said in a post, ready to be quoted elsewhere.

    What she quoted herself are another's words and stay out. Pictures belong to her post, a name
    after an @ would tell that person, and links on this site need the whole address elsewhere.
    """
    text = _QUOTED.sub("", source)
    text = _IMAGE.sub(r"\1", text)
    text = _MENTION.sub("", text)
    text = _OWN_LINK.sub(f"]({base_url()}", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def folded(text: str) -> str:
    """Give the bare words in lower case, to compare what differs in signs and spaces alone."""
    return _SIGNS.sub(" ", text.casefold()).strip()


def is_verbatim(words: str, source: str) -> bool:
    """Say whether every part of a quotation stands in the post, apart from what it leaves out."""
    whole = folded(words_of(source))
    return all(folded(part) in whole for part in LEFT_OUT.split(words))


def repeats(text: str, words: str) -> bool:
    """Say whether a text holds a whole sentence of a passage."""
    whole = folded(text)
    sentences = (folded(sentence) for sentence in _SENTENCE.split(words))
    return any(len(one) >= LEAST_ALIKE and one in whole for one in sentences)
