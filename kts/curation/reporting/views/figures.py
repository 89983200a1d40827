"""What was reported and decided in a year, for everybody (Art. 15 and 24)."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from kts.core import access
from kts.core.errors import NotFound
from kts.curation.reporting import figures as counted
from kts.curation.tables import csv_file

figures = Blueprint("figures", __name__, url_prefix="/transparenz")

FIRST_YEAR = 2020  # nothing was reported here before


@figures.get("")
@access.rule("everyone", "numbers only, no names")
def index() -> ResponseReturnValue:
    """Show this year so far, and offer the years before."""
    return _year_page(counted.this_year())


@figures.get("/<int:year>")
@access.rule("everyone", "numbers only, no names")
def year(year: int) -> ResponseReturnValue:
    """Show one year."""
    return _year_page(year)


def _year_page(year: int) -> ResponseReturnValue:
    _require_year(year)
    return render_template(
        "reports/figures.html",
        year=year,
        sections=counted.year_figures(year),
        years=counted.years(),
        is_this_year=year == counted.this_year(),
    )


def _require_year(year: int) -> None:
    if not FIRST_YEAR <= year <= counted.this_year():
        raise NotFound


@figures.get("/<int:year>.csv")
@access.rule("everyone", "numbers only, no names")
def download(year: int) -> Response:
    """Give one year as a file for a spreadsheet."""
    _require_year(year)
    rows = [
        (section.title, name, "" if number is None else number)
        for section in counted.year_figures(year)
        for name, number in section.rows
    ]
    return csv_file(f"transparenz-{year}.csv", ("Bereich", "Angabe", "Zahl"), rows)
