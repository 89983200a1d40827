"""A dossier as Markdown (UTF-8, footnotes as in Pandoc and PHP Markdown Extra)."""

import re
from collections.abc import Iterator
from typing import Any

_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_HEADING = re.compile(r"^(#{1,6})(?=\s)")
_OWN_LINK = re.compile(r"(\]\(|^\[[^\]]+\]:\s*)(?=/(?!/))", re.M)
_SIGNS = re.compile(r"([\\`*_\[\]<>#|~])")
LOWERED = 2  # headings in the editors' texts stand below the chapter's and the part's


def markdown_of(content: dict[str, Any]) -> str:
    """Give the whole dossier as one text."""
    blocks = [block for block in _blocks(content) if block]
    return "\n\n".join(blocks) + "\n"


def _blocks(content: dict[str, Any]) -> Iterator[str]:
    words = content["words"]
    yield f"# {plain(content['title'])}"
    yield f"*{plain(content['label'])} · {plain(content['site'])} · {plain(content['version'])}*"
    yield f"<{content['url']}>"
    yield f"**{plain(content['summary'])}**" if content["summary"] else ""
    yield own_text(content["text"], content["base"], "e")
    for chapter in content["chapters"]:
        yield f"## {plain(chapter['heading'])}" if chapter["heading"] else ""
        for part in chapter["parts"]:
            yield from _part(part, content)
    yield f"## {plain(words['cite'])}"
    yield plain(content["cite"])
    yield plain(words["made"])
    yield "\n".join(_footnote(source, words["licence"]) for source in content["sources"])


def _part(part: dict[str, Any], content: dict[str, Any]) -> Iterator[str]:
    mark = f"t{part['id']}"
    if part["kind"] == "text":
        yield own_text(part["markdown"], content["base"], mark)
        return
    reference = f"[^q{part['source']}]" if part["source"] else ""
    yield f"### [{plain(part['title'])}](<{part['url']}>){reference}"
    yield " · ".join(plain(fact) for fact in part["facts"])
    yield _quoted(part["quote"] or part["passage"])
    yield own_text(part["markdown"], content["base"], mark)


def _quoted(text: str) -> str:
    return "\n".join(f"> {plain(line)}".rstrip() for line in text.splitlines()) if text else ""


def _footnote(source: dict[str, Any], licence: str) -> str:
    told = f" {plain(licence)}: {plain(source['licence'])}." if source["licence"] else ""
    return f"[^q{source['number']}]: {plain(source['text'])}{told}"


def plain(text: str) -> str:
    """Write text so that Markdown shows it as it is; addresses stay addresses."""
    words = re.split(r"(https?://\S+)", " ".join(text.split()))
    return "".join(
        f"<{word}>" if word.startswith(("http://", "https://")) else _SIGNS.sub(r"\\\1", word)
        for word in words
    )


def own_text(source: str, base: str, mark: str) -> str:
    """Fit a text of the editors in: lower headings, whole addresses, footnotes of its own."""
    lines, fenced = [], ""
    for line in source.replace("\r\n", "\n").split("\n"):
        fence = _FENCE.match(line)
        if fence and (not fenced or fence[1] == fenced):
            fenced = "" if fenced else fence[1]
        elif not fenced:
            line = _HEADING.sub(lambda found: "#" * min(6, len(found[1]) + LOWERED), line)
            line = _FOOTNOTE.sub(rf"[^{mark}-\1]", line)
            line = _OWN_LINK.sub(rf"\1{base}", line)
        lines.append(line)
    return "\n".join(lines).strip()
