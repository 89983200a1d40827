"""House rules in versions that nobody changes, and the figures of a year."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from kts.core.audit import history
from kts.core.clock import now
from kts.curation.reporting import figures, queries, services
from kts.curation.reporting.models import HouseRules, Report
from kts.extensions import db

BODY = "Vorrede.\n\n## § 1 Umgang\n\nSeien Sie **freundlich**.\n\n## § 4a Neues\n\nEtwas Neues."
IN_TEN_DAYS = (now() + timedelta(days=10)).date().isoformat()


@pytest.fixture
def editor(app, login, moderator):
    services.seed_house_rules()
    db.session.commit()
    return login(app.test_client(), moderator)


def save(client, body=BODY, version=0):
    return client.post("/hausregeln/bearbeiten", data={"body": body, "version": version})


def here(moment):
    return moment.astimezone(ZoneInfo("Europe/Berlin"))


def today():
    return here(now()).date().isoformat()


def put_in_force(client, version=1, from_day=None):
    data = {"version": version, "from_day": from_day or today()}
    return client.post("/hausregeln/in-kraft-setzen", data=data)


def test_everybody_reads_the_house_rules_from_the_first_day(client, db_session):
    page = client.get("/hausregeln").text
    assert 'id="paragraf-3"' in page
    assert 'href="/hausregeln"' in client.get("/").text  # in the footer
    assert db_session.query(HouseRules).count() == 0  # reading writes nothing
    services.seed_house_rules()
    services.seed_house_rules()
    db_session.commit()
    assert db_session.query(HouseRules).one().number == 1
    assert client.get("/hausregeln/fassung/1").status_code == 200
    assert client.get("/hausregeln/fassung/2").status_code == 404


def test_a_draft_counts_only_once_it_is_put_in_force(client, editor, moderator):
    assert save(editor).status_code == 303
    assert "freundlich" not in client.get("/hausregeln").text.lower().split("§ 1")[0]
    assert 'id="paragraf-4a"' not in client.get("/hausregeln").text
    assert "<ins>" in editor.get("/hausregeln/bearbeiten").text
    assert put_in_force(editor).status_code == 303
    page = client.get("/hausregeln").text
    assert 'id="paragraf-4a"' in page
    assert "<strong>freundlich</strong>" in page
    newest = queries.rules_now()
    assert (newest.number, newest.published_by_id) == (2, moderator.id)
    assert history("house_rules", newest.id)[0].action == "house_rules.publish"
    assert client.get("/hausregeln/fassung/1").status_code == 200
    changes = client.get("/hausregeln/verlauf").text
    assert "<ins>" in changes


def test_a_version_with_a_later_date_is_announced_and_does_not_count_yet(client, editor):
    save(editor)
    put_in_force(editor, from_day=IN_TEN_DAYS)
    page = client.get("/hausregeln").text
    assert 'id="paragraf-4a"' not in page
    assert "/hausregeln/fassung/2" in page
    assert services.rules_in_force().number == 1


def test_a_published_version_is_never_changed(editor, db_session):
    save(editor)
    put_in_force(editor)
    save(editor, BODY.replace("freundlich", "nett"))
    assert "freundlich" in queries.rules_now().body
    assert queries.rules_draft().number is None
    assert put_in_force(editor, version=7).status_code == 422  # of another state of the draft


def test_a_number_that_was_given_up_is_not_given_again(editor):
    save(editor)  # gives up § 2 to § 9
    put_in_force(editor)
    save(editor, BODY + "\n\n## § 3 Etwas anderes\n\nNeu.")
    refused = put_in_force(editor)
    assert refused.status_code == 422
    assert "§ 3" in refused.text
    assert queries.rules_now().number == 2


def test_a_text_that_cannot_be_cited_is_given_back(editor, db_session):
    for body in ("Nur Text ohne Paragrafen", "## § 1 Eins\n\na\n\n## § 1 Noch eins\n\nb", ""):
        answer = save(editor, body)
        assert answer.status_code == 422
        assert 'id="body-error"' in answer.text
    assert queries.rules_draft() is None


def test_two_who_edit_the_draft_do_not_overwrite_each_other(editor, app, login, colleague):
    save(editor)
    other = login(app.test_client(), colleague)
    refused = save(other, BODY.replace("freundlich", "nett"), version=0)
    assert refused.status_code == 409
    assert "nett" in refused.text
    assert "freundlich" in queries.rules_draft().body
    assert save(other, BODY.replace("freundlich", "nett"), version=1).status_code == 303


def test_a_draft_can_be_thrown_away(editor):
    save(editor)
    assert editor.post("/hausregeln/entwurf-verwerfen").status_code == 303
    assert queries.rules_draft() is None
    assert editor.post("/hausregeln/entwurf-verwerfen").status_code == 404


def test_only_moderators_write_the_house_rules(app, login, make_user):
    for client in (app.test_client(), login(app.test_client(), make_user("editor"))):
        assert save(client).status_code == 403
        assert put_in_force(client).status_code == 403
        assert client.get("/hausregeln/bearbeiten").status_code in (302, 403)


def numbers(year=None):
    db.session.expire_all()
    found = figures.year_figures(year or here(now()).year)
    return {(section.title, name): number for section in found for name, number in section.rows}


def test_the_figures_of_a_year_count_what_happened_and_name_nobody(
    app, client, objection, decision, case, colleague, login, author
):
    case.opened = decision.created - timedelta(hours=3)
    db.session.commit()
    data = {"outcome": "reversed", "reasons": "Das war doch erlaubt, wir irrten."}
    assert login(app.test_client(), colleague).post(objection.path, data=data).status_code == 303
    with app.test_request_context():
        told = list(numbers().values())
        notices, decisions, measures, objections, machines = figures.year_figures(here(now()).year)
    assert notices.rows[0][1] == 1
    assert decisions.rows[0][1] == 1
    assert decisions.rows[-1][1] == 3.0  # hours
    assert measures.rows[0][1] == 1
    assert measures.rows[-1][1] == 1
    assert [number for _name, number in objections.rows][:3] == [1, 1, 0]
    assert objections.rows[-2][1] == 1  # reversed
    assert {number for _name, number in machines.rows} == {0}
    page = client.get("/transparenz").text
    assert client.get(f"/transparenz/{here(now()).year}").status_code == 200
    table = client.get(f"/transparenz/{here(now()).year}.csv")
    assert table.content_type.startswith("text/csv")
    for name in (author.name, "Gerda", "Konrad", "gast@example.org"):
        assert name not in page + table.text
    assert len(told) >= 25


def test_another_year_has_figures_of_its_own(app, client, decision):
    report = db.session.query(Report).one()
    report.created = now() - timedelta(days=400)
    db.session.commit()
    with app.test_request_context():
        assert figures.year_figures(here(now()).year)[0].rows[0][1] == 0
        assert figures.year_figures(here(report.created).year)[0].rows[0][1] == 1
    assert f"/transparenz/{here(report.created).year}" in client.get("/transparenz").text
    for year in (here(now()).year + 1, 1999, 99999):
        assert client.get(f"/transparenz/{year}").status_code == 404
        assert client.get(f"/transparenz/{year}.csv").status_code == 404


def test_the_figures_cost_the_same_for_one_and_for_many(client, decision, query_counter):
    client.get("/transparenz")
    with query_counter() as one:
        client.get("/transparenz")
    case = decision.case
    db.session.add_all(
        Report(
            number=f"M-2026-{n:08d}",
            case_id=case.id,
            category="rule",
            explanation="x",
            address=case.address,
        )
        for n in range(3)
    )
    db.session.commit()
    with query_counter() as many:
        client.get("/transparenz")
    assert len(one) == len(many)
