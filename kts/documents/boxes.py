"""Where the words of a page lie on its picture; the same for PDFs and for recognised scans."""

from kts.documents.extraction.places import WordBox, pack, unpack

__all__ = ["WordBox", "pack", "unpack"]
