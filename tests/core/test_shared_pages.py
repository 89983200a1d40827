"""Pages kept for an audience: one rendering, nothing of anybody's own in it."""

import pytest
from flask import render_template_string
from flask_login import login_user, logout_user
from jinja2 import DictLoader

from kts.core import shared_pages
from kts.core.shared_pages import SharedPage, Shelf

PAGE = """<p>{{ words }}</p>{{ csrf_token() }}
{% call own("greeting") %}nobody {{ current_user.id }}{% endcall %}
{% call own("buttons", 7) %}<b>{{ own("inner") }}</b>{% endcall %}"""


@pytest.fixture
def respond(app, monkeypatch):
    """Give a function that answers with the page, and count how often it was rendered."""
    app.jinja_loader = DictLoader({"page.html": PAGE})
    rendered = []

    def load():
        rendered.append(1)
        return {"words": "für alle"}, {"kept": 1}

    def answer(stamp=1, person=None, **fills):
        with app.app_context(), app.test_request_context("/seite"):
            if person:
                login_user(person)
            page, kept = shared_pages.respond("page.html", 1, stamp, load, lambda _kept: fills)
            if person:
                logout_user()
        assert kept == {"kept": 1}  # what `load` told, also of a kept page
        return page.decode()

    answer.rendered = rendered
    return answer


def test_a_page_is_rendered_once_for_one_state(respond):
    assert "für alle" in respond()
    respond()
    assert len(respond.rendered) == 1
    respond(stamp=2)
    assert len(respond.rendered) == 2


def test_members_and_guests_get_pages_of_their_own(respond, make_user):
    respond()
    respond(person=make_user())
    respond(person=make_user())
    assert len(respond.rendered) == 2
    respond(person=make_user("moderator"))
    assert len(respond.rendered) == 3


def test_nobody_in_particular_is_looking_while_it_is_rendered(respond, make_user):
    person = make_user()
    assert "nobody 0" in respond(person=person)


def test_holes_are_filled_anew_each_time_and_in_defaults_too(respond, make_user):
    first = respond(person=make_user(), greeting=lambda: "Hallo Mia")
    assert "Hallo Mia" in first
    assert "<b></b>" in first
    second = respond(person=make_user(), inner=lambda: "innen")
    assert "nobody" in second
    assert "<b>innen</b>" in second
    assert "7: " in respond(person=make_user(), buttons=lambda number: f"{number}: ")
    assert len(respond.rendered) == 1


def test_tokens_are_not_shared(respond, make_user):
    one, other = (respond(person=make_user()).split("</p>")[1].split()[0] for _ in range(2))
    assert one != other
    assert len(one) > 20


def test_text_that_looks_like_a_hole_stays_text(app, respond):
    app.jinja_loader = DictLoader({"page.html": "{{ words }} <csrf> {{ '<csrf>' }}"})
    assert respond(csrf=lambda: "filled") == "für alle <csrf> &lt;csrf&gt;"


def test_elsewhere_a_block_is_rendered_as_it_stands(app, make_user):
    with app.test_request_context("/"):
        login_user(make_user())
        source = '{% call own("greeting") %}{{ current_user.id is none }}{% endcall %}'
        assert render_template_string(source) == "False"


def test_the_shelf_forgets_what_was_not_used_for_longest():
    shelf = Shelf(room=3000)
    for name in "abc":
        shelf.put(name, SharedPage(1, [name.encode() * 900], {}))
        shelf.get("a", 1)
    shelf.put("d", SharedPage(1, [b"d" * 900], {}))
    assert [shelf.get(name, 1) is not None for name in "abcd"] == [True, False, True, True]
    shelf.put("huge", SharedPage(1, [b"x" * 5000], {}))
    assert shelf.get("huge", 1) is None


def test_long_addresses_are_answered_and_not_kept(respond, app):
    shelf = app.extensions["kts_shelf"] = Shelf()
    with app.app_context(), app.test_request_context("/seite?x=" + "y" * 400):
        page, _kept = shared_pages.respond("page.html", 1, 1, lambda: ({"words": "kurz"}, None))
    assert b"kurz" in page
    assert not shelf._pages


def test_for_guests_holes_that_nobody_fills_are_closed_once(respond, app, make_user):
    assert respond().count("nobody 0") == 1
    kept = app.extensions["kts_shelf"]._pages.values()
    guest_page = next(page for page in kept if isinstance(page, SharedPage))
    assert [mark[0] for mark in guest_page.parts[1::2]] == ["csrf"]
    assert b"<b></b>" in guest_page.parts[-1]
    assert "Hallo Mia" in respond(person=make_user(), greeting=lambda: "Hallo Mia")


def test_a_part_of_ones_own_is_kept_until_it_shows_something_else(app, make_user):
    app.jinja_loader = DictLoader({"menu.html": "{{ name }} {{ seen() }} {{ csrf_token() }}"})
    seen = []
    app.jinja_env.globals["seen"] = lambda: seen.append(1) or len(seen)
    names = ["Mia", "Mia", "Mia B."]
    shared_pages.fill_kept(app, "menu", "menu.html", lambda: {"name": names.pop(0)})
    person = make_user()
    shown = []
    for _ in range(3):
        with app.app_context(), app.test_request_context("/"):
            login_user(person)
            shown.append(render_template_string("{{ own_part('menu') }}").split())
    assert [words[:-1] for words in shown] == [["Mia", "1"], ["Mia", "1"], ["Mia", "B.", "2"]]
    assert len({words[-1] for words in shown}) == 3  # each answer has its own token
