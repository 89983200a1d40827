"""Pages of the library by noun: the list and a document, its pages, its versions, publishing."""

from flask import Blueprint

documents = Blueprint("documents", __name__, url_prefix="/dokumente")

from kts.documents.views import editing, library, pages, publishing, versions  # noqa: E402, F401
