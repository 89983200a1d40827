"""Why a file is not taken. The sentences people read are in ``kts.documents.messages``."""

from enum import StrEnum


class Reason(StrEnum):
    """One reason each, because each tells the person to do something different."""

    EMPTY = "empty"  # nothing in it at all
    ENCRYPTED = "encrypted"  # asks for a password
    BROKEN = "broken"  # claims a type but can't be read as it
    MISLABELLED = "mislabelled"  # the name says one thing, the content another
    UNSUPPORTED = "unsupported"  # a type that we do not take
    OUTDATED = "outdated"  # a format of old office programs that has a successor
    MACROS = "macros"  # an office file that brings programs with it
    BOMB = "bomb"  # unpacks to far more than it should
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    NO_TEXT = "no_text"  # readable, but no word in it
    TOO_SLOW = "too_slow"  # took longer than the limit
    TOO_HUNGRY = "too_hungry"  # needed more memory than the limit
    NO_RECOGNITION = "no_recognition"  # scanned pages, and no program that reads them


class Refusal(Exception):
    """A file that is not taken; ``detail`` names the type found or the number that was too big."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
