"""Pages of the library, split by noun: the list and a document, its pages, its publishing."""

from flask import Blueprint

documents = Blueprint("documents", __name__, url_prefix="/dokumente")

from kts.documents.views import library, pages, publishing  # noqa: E402, F401
