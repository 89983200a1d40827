"""How an index document lies in a Whoosh index.

Three searched fields (title, heading, body) hold the terms of the German analysis with their
places, as arrays (``writing``). One column, ``meta``, holds the entry as one value; ``text`` is
stored beside it. Whoosh keeps segments, commits and deletions; it neither analyses nor ranks.
"""

from __future__ import annotations

from whoosh import columns, fields, formats

from kts.search.engines.entries import FIELDS

VERSION = 2  # raise it when schema or analysis change; an index of another version is rebuilt


class AnalysedField(fields.FieldType):
    """A field whose postings are written past Whoosh; it only has its name and its place."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None, scorable=False)


def make_schema() -> fields.Schema:
    """Make the schema of a new index."""
    return fields.Schema(
        parent=fields.ID(stored=False),
        meta=fields.COLUMN(columns.PickleColumn(columns.VarBytesColumn())),
        text=fields.STORED(),
        **{name: AnalysedField() for name in FIELDS},
    )
