"""Old addresses: a filter that names a merged term leads to the term that stands for it today."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kts.core.terms import successor
from kts.curation.vocabularies.registry import VOCABULARIES, Vocabulary
from kts.extensions import db


def init_app(app: Flask) -> None:
    """Look at the addresses of lists that can be narrowed down to a term."""
    app.before_request(lead_on)


def lead_on() -> ResponseReturnValue | None:
    """Lead from an address that names a merged term to the same list of today's term.

    Only for a moment (302): a merge can be undone. Costs nothing where no term is named.
    """
    if request.method != "GET" or not request.args:
        return None
    arguments = request.args.to_dict(flat=False)
    changed = dict(arguments)
    for vocabulary in VOCABULARIES.values():
        name = vocabulary.filters.get(request.endpoint or "", "")
        if arguments.get(name):
            changed[name] = today(vocabulary, arguments[name])
    if changed == arguments:
        return None
    path = url_for(request.endpoint or "", **(request.view_args or {}))
    return redirect(f"{path}?{urlencode(changed, doseq=True)}", 302)


def today(vocabulary: Vocabulary, handles: list[str]) -> list[str]:
    """Give the handles of the terms that stand for these today, each once."""
    model = vocabulary.model
    handle = getattr(model, vocabulary.handle)
    named = select(model.id).where(handle.in_(handles), model.merged_into_id.is_not(None))
    if db.session.scalar(named.limit(1)) is None:
        return handles
    rows = db.session.execute(select(model.id, handle, model.merged_into_id)).all()
    known = {number: name for number, name, _into in rows}
    numbers = {name: number for number, name, _into in rows}
    merged = {number: into for number, _name, into in rows if into is not None}
    found = [
        known.get(successor(merged, numbers[name]), name) if name in numbers else name
        for name in handles
    ]
    return list(dict.fromkeys(found))
