"""Every deed that is written into the audit log has words that people read there."""

import ast
import re
from pathlib import Path

import pytest
from flask import get_template_attribute

from kts.forum.models.moderating import FAMILIES, MARKS, SINGLE

KTS = Path(__file__).resolve().parents[2] / "kts"
WRITES_DOWN = {"record", "note_event", "_set", "_end", "_note"}
ACTION = re.compile(r"^[a-z_]+\.[a-z_]+$")
STATES = {  # what stands behind "noun.{state}"
    "group_request": ("approved", "declined"),
    "membership_request": ("approved", "declined"),
    "handover": ("declined", "withdrawn"),
    "query": ("done", "ignored"),
    "review": (
        *("submit", "withdraw", "ask", "approve", "publish", "give", "retire", "reinstate"),
    ),
    "waiting_item": ("take", "give_back", "hand_on", "put_off", "note", "undo"),
}


def words_of(call):
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            if ACTION.match(argument.value):
                yield argument.value
        elif isinstance(argument, ast.JoinedStr):
            noun = ast.unparse(argument).removeprefix("f'").partition(".")[0]
            yield from (f"{noun}.{state}" for state in STATES[noun])


def recorded():
    found = {*MARKS, *FAMILIES, *SINGLE}
    for path in KTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in WRITES_DOWN:
                    found.update(words_of(node))
    return sorted(found)


def test_the_scan_finds_deeds():
    assert {"thread.hide", "thread.kind", "handover.offer", "user.role"} <= set(recorded())


@pytest.mark.parametrize("action", recorded())
def test_every_deed_has_words(app, action):
    with app.test_request_context():
        assert str(get_template_attribute("curation/_deeds.html", "deed")(action)) != action


def test_every_deed_in_a_thread_has_words_in_its_log():
    log = (KTS / "templates" / "forum" / "_log.html").read_text()
    nouns = ("thread.", "post.", "poll.")
    assert [a for a in recorded() if a.startswith(nouns) and f'"{a}"' not in log] == []
