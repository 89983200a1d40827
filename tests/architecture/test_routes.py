"""Conventions that hold for every route: a declared rule, a denial, protection against forgery."""

import shutil

import pytest
from werkzeug.routing import AnyConverter, IntegerConverter

from kts.core import access
from tests.conftest import make_app

ROW = 4711
HUGE = 10**30


@pytest.fixture
def guarded_app(tmp_path, database_template):
    shutil.copy(database_template, tmp_path / "kts.sqlite3")
    return make_app(tmp_path, WTF_CSRF_ENABLED=True)


def routes(app):
    """Give (rule, methods, audience) of every route."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        yield rule, rule.methods - {"HEAD", "OPTIONS"}, view.access_rule[0]


def address(rule, number=ROW):
    """Fill the rule with values that fit its converters."""
    values = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values[name] = number
        elif isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
        else:
            values[name] = "x"
    return rule.build(values, append_unknown=False)[1]


def test_every_route_declares_who_may_use_it(app):
    assert access.undeclared_routes(app) == []


def test_no_writing_route_takes_a_form_without_its_token(guarded_app):
    client = guarded_app.test_client()
    taken = []
    for rule, methods, _audience in routes(guarded_app):
        for method in methods - {"GET"}:
            response = client.open(address(rule), method=method, data={"name": "x"})
            if response.status_code != 400:
                taken.append((rule.rule, method, response.status_code))
    assert taken == []


@pytest.mark.parametrize("audience", ["signed-in", "moderator", "admin"])
def test_guests_are_sent_to_sign_in_or_refused(app, audience):
    client = app.test_client()
    let_in = []
    for rule, methods, declared in routes(app):
        if declared != audience:
            continue
        for method in methods:
            response = client.open(address(rule), method=method)
            sent = response.status_code == 302 and "/anmelden" in response.location
            if not sent and response.status_code not in (403, 404):
                let_in.append((rule.rule, method, response.status_code))
    assert let_in == []


@pytest.mark.parametrize(("audience", "role"), [("moderator", "member"), ("admin", "moderator")])
def test_lesser_roles_are_refused(app, make_user, login, audience, role):
    client = login(app.test_client(), make_user(role))
    checked = 0
    for rule, methods, declared in routes(app):
        if declared == audience:
            for method in methods:
                checked += 1
                assert client.open(address(rule), method=method).status_code in (403, 404), rule
    assert checked


ODD_QUESTIONS = (
    {},
    dict.fromkeys(["page", "seite", "version", "dokument", "zitat", "jahr", "tage"], HUGE),
    dict.fromkeys(["page", "seite", "version", "jahr", "tage", "nummer", "limit", "offset"], "-1"),
    dict.fromkeys(["page", "seite", "version", "year", "nummer", "limit"], "²"),
    {"q": "x", "year": "9" * 5000, "nummer": "9" * 5000},
    {"q": "a\x00b", "name": "\x00", "next": "http://["},
    {"q": "[" * 3000 + '"-(', "next": "//["},
)


@pytest.mark.parametrize("role", [None, "moderator", "admin"])
@pytest.mark.parametrize("number", [ROW, HUGE])
def test_no_address_that_somebody_makes_up_breaks_a_page(app, make_user, login, role, number):
    client = app.test_client()
    if role:
        login(client, make_user(role))
    broken = []
    for rule, methods, _audience in routes(app):
        where = address(rule, number)
        if number != ROW and where == address(rule):
            continue  # no number in it: asked already
        for method in methods:
            for question in ODD_QUESTIONS:
                response = client.open(where, method=method, query_string=question)
                if response.status_code == 500:
                    broken.append((method, where, question))
    assert broken == []
