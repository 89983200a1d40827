"""From what a person wrote to the HTML of a post: Markdown, and the people whom it names."""

import re

from kts.core.text import render_markdown
from kts.forum.services.mentions import link_mentions

FENCE = re.compile(r"^ {0,3}(?:```|~~~)")
ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
FIRST_ITEM = re.compile(r"^(?:[-*+]|1[.)])\s+\S")


def render_post(source: str) -> str:
    """Render the source of a post."""
    return link_mentions(render_markdown(_part_lists(source)))


def _part_lists(source: str) -> str:
    """Put the empty line before a list that Python-Markdown needs and people leave out."""
    lines: list[str] = []
    fenced = in_list = False
    for line in source.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            if FIRST_ITEM.match(line) and not in_list and lines and lines[-1].strip():
                lines.append("")
            in_list = bool(ITEM.match(line)) or (in_list and bool(line.strip()))
        lines.append(line)
    return "\n".join(lines)
