"""The vocabulary of permissions."""

import pytest

from kts.accounts.models import Guest
from kts.core import access
from kts.core.errors import Denied


def test_a_route_without_a_rule_is_found(app):
    app.view_functions["stray"] = lambda: "x"
    assert access.undeclared_routes(app) == ["stray"]


def test_unknown_audiences_are_refused():
    with pytest.raises(ValueError, match="audience"):
        access.rule("whoever")


def test_require_raises_the_sentence():
    with pytest.raises(Denied) as caught:
        access.require(False, "Es fehlt die Rolle.")
    assert caught.value.message == "Es fehlt die Rolle."


def test_guests_see_the_public_alone():
    assert Guest().visibility_tokens == {"public"}


def test_a_question_without_policy_is_an_error(app):
    with app.test_request_context(), pytest.raises(KeyError):
        access.can("fly", "thread")
