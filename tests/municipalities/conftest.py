"""Municipalities and projects to test with."""

import types

import pytest

from kts.municipalities import projects as project_list
from kts.municipalities import services
from kts.municipalities.geography import DATA
from kts.municipalities.models import Municipality


@pytest.fixture
def actor():
    """Give a stand-in for whoever acts when nobody signed in."""
    return types.SimpleNamespace(id=None, display_name="Test")


@pytest.fixture
def make_municipality(db_session, actor):
    """Give a function that makes a municipality of the register's kind."""

    def make(name="Musterstadt", **values):
        values = {"land": "08", "kind": "town", "type_text": "Stadt", "population": 30_000} | values
        municipality = services.create_municipality(actor, name, **values)
        db_session.commit()
        return municipality

    return make


@pytest.fixture
def town(make_municipality):
    return make_municipality()


@pytest.fixture
def projects(db_session):
    """Import the 73 projects that come with the platform."""
    counts = services.import_projects(project_list.read(DATA / "modellprojekte.csv").rows)
    db_session.commit()
    return counts


@pytest.fixture
def ulm(db_session, projects):
    return db_session.scalar(db_session.query(Municipality).filter_by(ags="08421000").statement)
