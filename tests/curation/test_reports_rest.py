"""What reports do beside posts and documents, who may undo what, and nobody's inbox is flooded."""

import re

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import Group, User
from kts.core.audit import history
from kts.core.clock import now
from kts.core.mail import MailDelivery
from kts.curation.reporting import links, policies, queries, services
from kts.curation.reporting.models import Decision, Measure, Objection, Report, ReportCase
from kts.curation.reporting.services.neutral import neutral_name
from kts.documents.models import Document
from kts.extensions import db
from kts.municipalities.models import ModelProject, Municipality
from tests.curation.conftest import FACTS, REASON
from tests.curation.test_reports_deciding import NEXT_WEEK

REASONS = "Wir haben es noch einmal angesehen und sehen es genauso."


def newest_case():
    return db.session.query(ReportCase).order_by(ReportCase.id.desc()).first()


@pytest.fixture
def town(db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.commit()
    return town


def test_a_hidden_post_leads_its_author_and_moderators_to_the_reasons(
    app, client, login, author, moderator, colleague, post, decision
):
    address = f'href="{decision.path}"'
    for person in (author, colleague, moderator):
        page = login(app.test_client(), person).get(post.thread.path).text
        assert address in page
    frida = db.session.get(User, post.thread.author_id)
    for other in (client, login(app.test_client(), frida)):
        page = other.get(post.thread.path)
        assert decision.number in page.text  # the ground stands there for all
        assert address not in page.text
    services.lift_measure(colleague, decision.measures[0], REASON)
    db.session.commit()
    assert address not in login(app.test_client(), colleague).get(post.thread.path).text


def test_what_a_moderator_hides_by_the_way_leads_nowhere(app, login, moderator, post):
    from kts.forum import services as forum

    forum.hide_post(moderator, post, "Werbung")
    db.session.commit()
    page = login(app.test_client(), moderator).get(post.thread.path)
    assert page.status_code == 200
    assert "/entscheidungen/" not in page.text


def test_the_reasons_cost_one_statement_however_many_posts_are_hidden(
    app, login, moderator, post, make_user, decide, send_report, query_counter, forget_pages
):
    from kts.forum import services as forum

    counted = []
    for _round in range(2):
        other = forum.add_post(make_user(), post.thread, "Noch eine Anschrift.")
        db.session.commit()
        for thing in (post, other):
            if not thing.hidden:
                send_report(thing)
                assert decide(moderator, newest_case()).status_code == 303
                db.session.expire_all()
        client = login(app.test_client(), moderator)
        client.get(post.thread.path)
        forget_pages()
        with query_counter() as statements:
            assert client.get(post.thread.path).text.count("/entscheidungen/") == 2 + _round
        counted.append(len([one for one in statements if "JOIN decision" in one]))
    assert counted[0] == counted[1]


def test_a_hidden_document_leads_its_author_and_moderators_to_the_reasons(
    app, login, make_user, town, moderator, colleague, decide, send_report, db_session
):
    writer, other = make_user(edits=[town]), make_user(edits=[town])
    document = Document(title="Plan", visibility="public", municipality=town)
    document.created_by_id = writer.id
    db_session.add(document)
    db_session.commit()
    send_report(f"/dokumente/{document.id}", login(app.test_client(), colleague))
    assert decide(moderator, newest_case()).status_code == 303
    db_session.expire_all()
    address = f'href="{newest_case().decision.path}"'
    for person, reads in ((writer, True), (colleague, True), (other, False)):
        page = login(app.test_client(), person).get(document.path)
        assert page.status_code == 200
        assert (address in page.text) == reads


def test_naming_a_rule_and_doing_nothing_is_refused(case, moderator, decide, db_session):
    for ground in (
        {"ground": "rule"},
        {"ground": "law", "law": "§ 185 StGB", "reasoning": "Das ist eine Beleidigung."},
    ):
        refused = decide(moderator, case, content="keep", **ground)
        assert refused.status_code == 422
        assert 'id="ground-error"' in refused.text
        assert FACTS in refused.text
    assert db_session.query(Decision).count() == 0
    assert decide(moderator, case, content="keep", person="warn").status_code == 303


def test_who_decided_first_does_not_hear_the_objection_to_what_replaced_it(
    app, login, case, objection, moderator, colleague, make_user, decide, db_session
):
    address = f"{objection.path}/neu"
    sent = decide(colleague, case, address, content="keep", lock="y", reasons=REASONS)
    assert sent.status_code == 303
    db_session.expire_all()
    new = case.decision
    assert (new.decided_by_id, len(case.decisions)) == (colleague.id, 2)
    report = db_session.query(Report).one()
    words = {"text": "Das Thema sollte nicht geschlossen werden."}
    state = f"{links.report_link(report)}/widerspruch"
    assert app.test_client().post(state, data=words).status_code == 303
    second = db_session.query(Objection).filter_by(decision_id=new.id).one()
    third = make_user("moderator")
    told = {person.id for person in queries.moderators(policies.deciders(case))}
    assert told == {third.id}
    answer = {"outcome": "upheld", "reasons": REASONS}
    for person in (moderator, colleague):
        client = login(app.test_client(), person)
        assert 'name="outcome"' not in client.get(second.path).text
        assert client.post(second.path, data=answer).status_code == 403
    assert login(app.test_client(), third).post(second.path, data=answer).status_code == 303
    db_session.expire_all()
    assert second.decided_by_id == third.id


def receipts(address):
    statement = db.session.query(MailDelivery).filter_by(recipient=address)
    return statement.filter(MailDelivery.subject.contains("M-")).count()


def test_an_address_gets_so_many_receipts_a_day_and_every_report_is_taken(
    app, post, send_report, db_session
):
    victim, pages = "opfer@example.org", []
    many = queries.RECEIPTS_A_DAY + 3
    for number in range(many):
        explanation = f"Grund Nummer {number}: Hier steht die private Anschrift."
        client = app.test_client()
        spelling = victim.upper() if number % 2 else victim
        sent = send_report(post, client, email=spelling, explanation=explanation)
        pages.append(client.get(sent.location).text)
    assert db_session.query(Report).count() == many
    assert db_session.query(MailDelivery).filter_by(recipient=victim).count() == (
        queries.RECEIPTS_A_DAY
    )
    without = [page for page in pages if "several confirmations" in page or "mehrere Best" in page]
    assert len(without) == 3
    assert all(re.search(r"M-\d{4}-\w{8}", page) for page in pages)
    db_session.query(Report).update({"created": now() - queries.A_DAY})
    db_session.commit()
    send_report(post, email=victim, explanation="Am nächsten Tag steht sie immer noch da, seht!")
    assert db_session.query(MailDelivery).filter_by(recipient=victim).count() == (
        queries.RECEIPTS_A_DAY + 1
    )


def test_a_person_with_an_account_is_told_of_each_report(app, login, make_user, post, send_report):
    person = make_user()
    client = login(app.test_client(), person)
    for number in range(queries.RECEIPTS_A_DAY + 1):
        words = f"Grund Nummer {number}: Hier steht die private Anschrift."
        assert send_report(post, client, explanation=words).status_code == 303
    sent = db.session.query(MailDelivery).filter_by(recipient=person.email)
    assert sent.count() == queries.RECEIPTS_A_DAY + 1


@pytest.fixture
def silenced_moderator(make_user, moderator, post, decide, send_report, db_session):
    """Give the measure by which an administrator lets a moderator read only."""
    post.author_id = moderator.id
    db_session.commit()
    send_report(post)
    admin = make_user("admin")
    sent = decide(admin, newest_case(), content="keep", person="silence", person_until=NEXT_WEEK)
    assert sent.status_code == 303
    return db_session.query(Measure).one()


def test_a_measure_on_a_moderator_is_taken_back_by_administrators_alone(
    app, login, colleague, make_user, silenced_moderator, db_session
):
    address = f"/kuratierung/massnahmen/{silenced_moderator.id}/aufheben"
    case = silenced_moderator.decision.case
    client = login(app.test_client(), colleague)
    client.set_cookie("kts_lang", "en")
    page = client.get(case.path).text
    assert address not in page
    assert "administrator" in page.lower()
    refused = client.post(address, data={"reason": REASON})
    assert refused.status_code == 403
    assert "administrator" in refused.text.lower()
    admin = login(app.test_client(), make_user("admin"))
    assert address in admin.get(case.path).text
    assert admin.post(address, data={"reason": REASON}).status_code == 303
    db_session.expire_all()
    assert silenced_moderator.lifted_at is not None


def test_an_objection_does_not_lift_it_by_the_way(
    app, login, moderator, colleague, make_user, silenced_moderator, db_session
):
    decision = silenced_moderator.decision
    objection = services.object_to(decision, "author", "Das war nicht so gemeint.", user=moderator)
    db_session.commit()
    answer = {"outcome": "reversed", "reasons": REASONS}
    refused = login(app.test_client(), colleague).post(objection.path, data=answer)
    assert refused.status_code == 403
    admin = login(app.test_client(), make_user("admin"))
    assert admin.post(objection.path, data=answer).status_code == 303
    db_session.expire_all()
    assert silenced_moderator.lifted_at is not None


def lift(app, login, person, case):
    """Take back the one measure of the case."""
    (measure,) = case.decision.measures
    address = f"/kuratierung/massnahmen/{measure.id}/aufheben"
    return login(app.test_client(), person).post(address, data={"reason": REASON})


def test_a_group_gets_a_neutral_name_and_its_own_back(
    app, login, make_user, moderator, colleague, decide, send_report, mails, db_session
):
    coordinator = make_user(name="Karla Kümmerin")
    group = accounts.create_group(moderator, "Böser Name", "Schlimme Worte", closed=False)
    accounts.add_to_group(coordinator, group, coordinator=True)
    db_session.commit()
    assert send_report(group.path, login(app.test_client(), colleague)).status_code == 303
    case = newest_case()
    assert decide(moderator, case).status_code == 303
    db_session.expire_all()
    page = login(app.test_client(), coordinator).get(group.path)
    assert page.status_code == 200
    assert "Schlimme Worte" not in page.text
    assert "Böser Name" not in page.text
    assert (group.name, group.slug) == (neutral_name(group), f"gruppe-{group.id}")
    assert len(mails(coordinator.email)) == 1  # the statement of reasons
    statement = login(app.test_client(), coordinator).get(case.decision.path)
    assert FACTS in statement.text
    assert history("group", group.id)[0].action == "group.change"
    assert lift(app, login, colleague, case).status_code == 303
    db_session.expire_all()
    assert (group.name, group.slug, group.description) == (
        *("Böser Name", "boeser-name"),
        "Schlimme Worte",
    )
    assert len(mails(coordinator.email)) == 2


def test_what_the_group_wrote_since_stays(
    app, login, moderator, colleague, decide, send_report, db_session
):
    group = accounts.create_group(moderator, "Böser Name", "Schlimme Worte", closed=False)
    db_session.commit()
    send_report(group.path, login(app.test_client(), colleague))
    case = newest_case()
    decide(moderator, case)
    db_session.expire_all()
    accounts.change_group(moderator, group, name="Netter Name")
    other = Group(name="Böser Name")
    db_session.add(other)
    db_session.commit()
    assert lift(app, login, colleague, case).status_code == 303
    db_session.expire_all()
    assert (group.name, group.description) == ("Netter Name", "Schlimme Worte")


def test_who_coordinates_a_group_does_not_decide_about_it(
    app, login, moderator, colleague, decide, send_report, db_session
):
    group = accounts.create_group(moderator, "Böser Name", closed=False)
    accounts.add_to_group(moderator, group, coordinator=True)
    db_session.commit()
    send_report(group.path, login(app.test_client(), colleague))
    assert decide(moderator, newest_case()).status_code == 403


def test_a_model_project_loses_remark_and_website_for_a_time(
    app,
    client,
    login,
    make_user,
    town,
    moderator,
    colleague,
    decide,
    send_report,
    mails,
    db_session,
):
    editor = make_user(edits=[town])
    project = ModelProject(
        cohort=2020, type="kleinstadt", title="Mustervorhaben", slug="mustervorhaben", land="08"
    )
    project.lead, project.note, project.website = town, "Böses", "https://boese.example.org"
    db_session.add(project)
    db_session.commit()
    assert send_report(project.path).status_code == 303
    case = newest_case()
    assert decide(moderator, case).status_code == 303
    page = client.get(project.path).text
    assert "boese.example.org" not in page
    assert "Mustervorhaben" in page
    assert len(mails(editor.email)) == 1
    assert history("model_project", project.id)[0].action == "model_project.update"
    assert lift(app, login, colleague, case).status_code == 303
    db_session.expire_all()
    assert (project.note, project.website) == ("Böses", "https://boese.example.org")


def test_a_person_is_shown_under_a_neutral_name_until_it_is_lifted(
    app, client, login, make_user, post, author, moderator, colleague, decide, send_report, mails,
    db_session,
):  # fmt: skip
    author.handle, author.name = "boeser-name", "Böser Name"
    db_session.commit()
    address = "/personen/boeser-name"
    assert send_report(address, login(app.test_client(), colleague)).status_code == 303
    case = newest_case()
    assert decide(moderator, case).status_code == 303
    db_session.expire_all()
    assert "Böser Name" not in client.get(post.thread.path).text
    assert author.display_name == neutral_name(author)
    reader = login(app.test_client(), make_user())
    assert reader.get(address).status_code == 404
    assert reader.get(f"/personen/{author.handle}").status_code == 200
    assert author.name == "Böser Name"  # it stays with her account
    assert len(mails(author.email)) == 1
    assert history("user", author.id)[0].action == "user.shown_name"
    assert lift(app, login, colleague, case).status_code == 303
    db_session.expire_all()
    assert (author.display_name, author.handle) == ("Böser Name", "boeser-name")
    assert "Böser Name" in client.get(post.thread.path).text


def test_moderators_do_not_take_a_colleagues_name(
    app, login, make_user, moderator, colleague, decide, send_report, db_session
):
    colleague.handle = "konrad"
    db_session.commit()
    send_report("/personen/konrad", login(app.test_client(), make_user()))
    case = newest_case()
    assert decide(moderator, case).status_code == 422
    assert colleague.shown_name is None
    assert decide(make_user("admin"), case).status_code == 303
    assert lift(app, login, moderator, case).status_code == 403


def test_two_decisions_about_one_name_end_one_after_the_other(
    app, login, author, moderator, colleague, decide, send_report, db_session
):
    author.handle = "anton"
    db_session.commit()
    cases = []
    for _round in range(2):
        db_session.expire_all()
        send_report(f"/personen/{author.handle}", login(app.test_client(), colleague))
        cases.append(newest_case())
        assert decide(moderator, cases[-1]).status_code == 303
    for case, name in zip(cases, (neutral_name(author), "Anton Autor"), strict=True):
        assert lift(app, login, colleague, case).status_code == 303
        db_session.expire_all()
        assert author.display_name == name
    assert author.handle == "anton"
