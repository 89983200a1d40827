"""Addresses that people or attackers make up."""

import pytest

from kts.core.web import LARGEST_NUMBER, own_path, whole_number


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:1",
        "http://[",
        "//[",
        "/a\nb",
        "",
        None,
    ],
)
def test_the_way_on_never_leaves_this_site(address):
    assert own_path(address) == "/"


def test_the_way_on_keeps_the_question():
    assert own_path("/suche?q=B%C3%BCrger&page=2") == "/suche?q=B%C3%BCrger&page=2"


def test_numbers_of_addresses_are_read():
    assert whole_number("17") == 17
    assert whole_number(str(LARGEST_NUMBER)) == LARGEST_NUMBER


@pytest.mark.parametrize("text", ["", "-1", "1.5", "²", "٣", "9" * 5000, str(LARGEST_NUMBER + 1)])
def test_numbers_that_no_row_can_have_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any ValueError makes Flask take the default
        whole_number(text)
