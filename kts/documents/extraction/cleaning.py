"""Makes extracted text findable: whole words, whole paragraphs, no invisible characters.

What is on paper is laid out for eyes: words broken at line ends, "ﬁ" as one glyph, an umlaut as a
letter and two dots. A phrase is only found when all of that is undone. Nothing is corrected beyond
that; the text stays what the document says.
"""

import re
import unicodedata

# PDFium writes this non-character where it took a hyphen at a line end for a hyphenation.
PDF_HYPHEN = "\ufffe"

LIGATURES = str.maketrans(
    {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "st",
        "ﬆ": "st",
        "\uf0b7": "•",
        "\uf0a7": "•",
        "\uf0d8": "•",
        "\uf0fc": "•",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\u2060": None,
        "\ufeff": None,
        "\u2028": "\n",
        "\u2029": "\n\n",
        "\u2010": "-",
        "\u2011": "-",
    }
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\uffff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Old TeX fonts print the dots of an umlaut as a character of its own, before the letter.
_LOOSE_DOTS = re.compile(r"\u00a8[ ]?([aouAOU])")
_DOTTED = dict(zip("aouAOU", "äöüÄÖÜ", strict=True))

# After these a hyphen at the line end belongs to the word before: "Energie- und Wärmewende".
_CONNECTORS = {"und", "oder", "bzw", "sowie", "als", "bis", "noch", "wie", "aber", "and", "or"}
_LINE_END_HYPHEN = re.compile(
    rf"(?<!\w)(?P<before>\w+)(?:{PDF_HYPHEN}[ ]*\n?|[-\u00ad][ ]*\n)[ ]*(?P<after>\w+)"
)
_SPACES = re.compile(r"[ \t\f\v]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_characters(text: str) -> str:
    """Undo ligatures, loose dots and decomposed letters; drop what is not text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(LIGATURES)
    text = _CONTROL.sub("", text)
    text = _PRIVATE.sub("", text)
    text = _LOOSE_DOTS.sub(lambda match: _DOTTED[match[1]], text)
    return unicodedata.normalize("NFC", text)


def _rejoin(match: re.Match[str]) -> str:
    before, after = match["before"], match["after"]
    if after.lower() in _CONNECTORS and after.islower():
        return f"{before}- {after}"
    if before[-1].isdigit() or after[0].isdigit():
        return f"{before}-{after}"
    if after[0].islower():
        # "EU-weit" keeps its hyphen, "Digita-lisierung" does not.
        keeps = len(before) > 1 and before.isupper()
        return f"{before}-{after}" if keeps else before + after
    if len(before) >= 5 and before.isupper() and after.isupper():
        return before + after
    return f"{before}-{after}"


def join_hyphenation(text: str) -> str:
    """Put words together that were broken at a line end; real hyphens stay."""
    previous = None
    while previous != text:  # a word can be broken twice
        previous, text = text, _LINE_END_HYPHEN.sub(_rejoin, text)
    return text.replace(PDF_HYPHEN, "-").replace("\u00ad", "")


def tidy(text: str) -> str:
    """One space between words, one empty line between paragraphs."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def clean_label(text: str, limit: int = 200) -> str:
    """One line for headings, titles and page labels."""
    line = " ".join(join_hyphenation(clean_characters(text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_STOP_WORDS = {
    "de": _words(
        "und der die das ist nicht mit von für auf den dem des ein eine werden wird zu im"
    ),
    "en": _words("and the of to in is that for with on are this be by as it not from an we"),
    "fr": _words("et le la les des est une pour dans que qui sur par au avec du ne"),
}
_WORD = re.compile(r"[^\W\d_]+")


class LanguageCount:
    """Guesses the language by counting the commonest little words; enough for whole documents."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_STOP_WORDS, 0)

    def add(self, text: str) -> None:
        """Count the words of a page; what is beyond a long page is not looked at."""
        for word in _WORD.findall(text[:20_000].lower()):
            for language, words in _STOP_WORDS.items():
                self._counts[language] += word in words

    @property
    def guess(self) -> str:
        """The language code, or an empty string when there is too little to go by."""
        language, count = max(self._counts.items(), key=lambda item: item[1])
        return language if count >= 5 else ""
