"""Reads RTF as plain paragraphs; pictures are taken out first, they are most of such files."""

import re
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from .chapters import Section
from .cleaning import clean_characters, clean_label
from .refusals import Reason, Refusal

# Pictures and objects are written as endless hexadecimal digits.
_DIGITS = re.compile(rb"[0-9a-fA-F\s]{2000,}")
_TITLE = re.compile(r"\{\\title\s([^{}]{1,300})\}")
# Text beyond this is a data file; real ones have a hundredth.
MAX_MARKED_BYTES = 8 * 1024 * 1024


def read(path: Path) -> tuple[str, list[Section]]:
    """Give the title of the file's properties and one section of paragraphs."""
    data = _DIGITS.sub(b" ", path.read_bytes())
    if len(data) > MAX_MARKED_BYTES:
        raise Refusal(Reason.TOO_LARGE, f"{MAX_MARKED_BYTES // 1024 // 1024} MB")
    source = data.decode("cp1252", "replace")
    try:
        text = rtf_to_text(source, encoding="cp1252", errors="ignore")
        title = _TITLE.search(source)
        named = rtf_to_text("{\\rtf1 " + title[1] + "}", errors="ignore") if title else ""
    except (ValueError, LookupError, IndexError, OverflowError, TypeError) as error:
        raise Refusal(Reason.BROKEN, "RTF") from error
    lines = clean_characters(text).split("\n")
    return clean_label(named), [Section(blocks=[line.strip() for line in lines if line.strip()])]
