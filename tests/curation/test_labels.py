"""Labels and the quality seal: given with reasons, shown, suggested, withdrawn, running out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kts.core.audit import AuditEntry
from kts.core.clock import now
from kts.core.waiting import WaitingItem
from kts.curation.desk.tasks import mend
from kts.curation.dossiers import services as dossiers
from kts.curation.vocabularies.models import Label, LabelSuggestion, LabelUse, QualitySeal
from kts.documents.models import Document, DocumentVersion
from kts.extensions import db
from kts.forum import services as forum
from kts.notifications.models import Notification

WHY = "Gut erklärt und leicht zu übertragen."
POINTS = 6  # of the criteria that come with the software


@pytest.fixture
def owner(make_user):
    return make_user(name="Olga Owner")


@pytest.fixture
def moderator(client, make_user, login):
    user = make_user("moderator", name="Maria Muster")
    login(client, user)
    return user


@pytest.fixture
def paper(owner):
    return publish("Leitfaden Sensoren", owner)


def publish(title, owner, **values):
    made = Document(title=title, kind="guideline", created_by_id=owner.id, **values)
    made.versions.append(
        DocumentVersion(
            *(),
            number=1,
            blob_key="0" * 64,
            filename="a.pdf",
            format="pdf",
            size=1,
            extraction_state="done",
        )
    )
    db.session.add(made)
    db.session.flush()
    made.current_version_id = made.versions[0].id
    db.session.commit()
    return made


@pytest.fixture
def label(db_session):
    made = Label(slug="gute-grundlage", name="Gute Grundlage", description="Zum Weiterbauen.")
    db_session.add(made)
    db_session.commit()
    return made


def give(client, kind, thing, label):
    address = f"/kuratierung/kennzeichen/{kind}/{thing.id}"
    return client.post(address, data={"label": label.id, "reason": WHY})


def told(person):
    db.session.expire_all()
    found = db.session.scalars(select(Notification).filter_by(user_id=person.id, kind="vocabulary"))
    return [message.text for message in found]


def test_a_label_is_shown_with_explanation_and_reason_and_filters_the_library(
    client, app, moderator, paper, label, owner
):
    publish("Anderes", owner)
    guest = app.test_client()
    assert "Gute Grundlage" not in guest.get(paper.path).text
    assert give(client, "document", paper, label).status_code == 303
    page = guest.get(paper.path).text
    for text in ("Gute Grundlage", "Zum Weiterbauen.", WHY):
        assert text in page
    found = guest.get("/dokumente?kennzeichen=gute-grundlage").text
    assert "Leitfaden Sensoren" in found
    assert "Anderes" not in found
    assert [text for text in told(owner) if "Gute Grundlage" in text and WHY in text]
    assert give(client, "document", paper, label).status_code == 409
    use = db.session.scalars(select(LabelUse)).one()
    address = f"/kuratierung/kennzeichen/document/{paper.id}/{use.id}/entfernen"
    assert client.post(address, data={"reason": ""}).status_code == 422
    assert client.post(address, data={"reason": "Doch veraltet."}).status_code == 303
    assert client.post(address, data={"reason": "Doch veraltet."}).status_code == 303
    assert "Gute Grundlage" not in guest.get(paper.path).text
    deeds = select(AuditEntry.action).where(AuditEntry.action.startswith("label."))
    assert db.session.scalars(deeds).all() == ["label.give", "label.take"]


def test_a_kept_page_of_a_thread_shows_a_new_label_at_once(client, app, moderator, owner, label):
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(owner, category, "Wer hat Sensoren?", "?")
    db.session.commit()
    guest = app.test_client()
    assert "Gute Grundlage" not in guest.get(thread.path).text
    give(client, "thread", thread, label)
    assert "Gute Grundlage" in guest.get(thread.path).text
    label.name = "Vorlage"
    db.session.commit()
    assert "Vorlage" in guest.get(thread.path).text


def test_a_dossier_shows_its_labels(client, moderator, label):
    dossier = dossiers.create_dossier(moderator, "Sensoren in der Stadt")
    db.session.commit()
    give(client, "dossier", dossier, label)
    assert WHY in client.get(f"/dossiers/{dossier.id}/vorschau", follow_redirects=True).text or (
        WHY in client.get(dossier.path).text
    )


def test_labels_are_merged_with_their_reasons_and_brought_back(client, moderator, paper, label):
    other = Label(slug="vorlage", name="Vorlage", sort=10)
    db.session.add(other)
    db.session.commit()
    give(client, "document", paper, label)
    address = "/kuratierung/vokabulare/kennzeichen/gute-grundlage/zusammenfuehren"
    form = {"into": "vorlage", "reason": "Dasselbe."}
    page = client.post(address, data=form).text
    mark = page.split('name="mark" value="')[1].split('"')[0]
    answer = client.post(address, data={**form, "mark": mark, "confirm": "1"})
    db.session.expire_all()
    use = db.session.scalars(select(LabelUse)).one()
    assert (use.label_id, use.reason, use.given_by_id) == (other.id, WHY, moderator.id)
    given_at = use.given_at
    client.post(f"{answer.location}/rueckgaengig", data={"reason": "Doch nicht."})
    db.session.expire_all()
    use = db.session.scalars(select(LabelUse)).one()
    assert (use.label_id, use.reason, use.given_at) == (label.id, WHY, given_at)


def test_only_moderators_give_labels_and_seals(app, make_user, login, paper, label):
    guest, member = app.test_client(), login(app.test_client(), make_user())
    for path in (
        f"/kuratierung/kennzeichen/document/{paper.id}",
        f"/kuratierung/guetesiegel/document/{paper.id}",
        "/kuratierung/guetesiegel/kriterien",
    ):
        assert guest.get(path).status_code == 302
        assert member.get(path).status_code == 403
        assert member.post(path, data={}).status_code == 403
    assert guest.get(f"/guetesiegel/vorschlagen/document/{paper.id}").status_code == 302
    assert guest.get("/guetesiegel").status_code == 200
    assert member.get(f"/guetesiegel/vorschlagen/document/{paper.id}").status_code == 200
    assert member.get("/guetesiegel/vorschlagen/document/999").status_code == 404


def seal(client, thing, kind="document", **changes):
    address = f"/kuratierung/guetesiegel/{kind}/{thing.id}"
    data = {"reason": WHY, "valid_until": f"{now().date() + timedelta(days=700)}"}
    data["criteria"] = client.get(address).text.split('name="criteria"')[1].split('value="')[1][:9]
    data["criteria"] = data["criteria"].split('"')[0]
    for number in range(1, POINTS + 1):
        data[f"state_{number}"] = "met" if number > 1 else "not_applicable"
        data[f"sentence_{number}"] = f"Satz zu {number}."
    return client.post(address, data={**data, **changes})


def test_a_seal_is_given_with_answers_and_published_with_its_reason(
    client, app, moderator, paper, owner
):
    assert seal(client, paper, sentence_3="").status_code == 422
    assert seal(client, paper, valid_until="2020-01-01").status_code == 422
    answer = seal(client, paper)
    assert answer.status_code == 303
    guest = app.test_client()
    page = guest.get(answer.location).text
    for text in (WHY, "Satz zu 1.", "Übertragbar", "KTS"):
        assert text in page
    assert "Maria Muster" not in page
    assert f'href="{answer.location}"' in guest.get(paper.path).text
    assert "Leitfaden Sensoren" in guest.get("/guetesiegel").text
    assert "Leitfaden Sensoren" in guest.get("/dokumente?kennzeichen=guetesiegel").text
    assert len(told(owner)) == 1
    assert seal(client, paper).status_code == 409
    withdrawn = client.post(f"{answer.location}/zurueckziehen", data={"reason": "Veraltet."})
    assert withdrawn.status_code == 303
    assert "Veraltet." in guest.get(answer.location).text
    assert answer.location not in guest.get(paper.path).text
    assert "Leitfaden Sensoren" not in guest.get("/guetesiegel").text
    assert len(told(owner)) == 2
    client.post(f"{answer.location}/zurueckziehen", data={"reason": "Noch einmal."})
    assert db.session.query(AuditEntry).filter_by(action="quality_seal.withdraw").count() == 1


def test_a_suggestion_waits_on_the_desk_and_its_author_is_told(
    client, app, moderator, make_user, login, paper
):
    person = make_user()
    member = login(app.test_client(), person)
    address = f"/guetesiegel/vorschlagen/document/{paper.id}"
    assert member.post(address, data={"text": ""}).status_code == 422
    assert member.post(address, data={"text": "Hat uns geholfen."}).status_code == 303
    assert member.post(address, data={"text": "Noch einmal."}).status_code == 409
    suggestion = db.session.scalars(select(LabelSuggestion)).one()
    item = db.session.scalars(select(WaitingItem).filter_by(kind="label_suggestion")).one()
    assert item.url == suggestion.path
    url = item.url
    assert "Hat uns geholfen." in client.get(url).text
    assert client.post(url, data={"reason": "Quellen fehlen."}).status_code == 303
    assert db.session.query(WaitingItem).count() == 0
    assert [text for text in told(person) if "Quellen fehlen." in text]
    client.post(url, data={"reason": "Noch einmal."})
    assert len(told(person)) == 1
    member.post(address, data={"text": "Quellen sind jetzt da."})
    assert seal(client, paper).status_code == 303
    assert db.session.query(WaitingItem).count() == 0
    assert len(told(person)) == 2


def test_a_seal_that_has_run_out_waits_on_the_desk_and_can_be_given_anew(
    client, app, moderator, paper
):
    answer = seal(client, paper)
    given = db.session.scalars(select(QualitySeal)).one()
    given.valid_until = now().date() - timedelta(days=1)
    db.session.commit()
    mend()
    item = db.session.scalars(select(WaitingItem).filter_by(kind="label_suggestion")).one()
    assert item.url == answer.location
    guest = app.test_client()
    assert answer.location not in guest.get(paper.path).text
    assert "Leitfaden Sensoren" not in guest.get("/dokumente?kennzeichen=guetesiegel").text
    assert seal(client, paper).status_code == 303
    assert db.session.query(WaitingItem).filter_by(kind="label_suggestion").count() == 0
    assert db.session.query(QualitySeal).filter_by(withdrawn_at=None).count() == 1


def test_only_experiences_among_threads_can_have_the_seal(client, moderator, owner):
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(owner, category, "Wer hat Sensoren?", "?")
    db.session.commit()
    assert client.get(f"/kuratierung/guetesiegel/thread/{thread.id}").status_code == 403


def test_what_a_reader_may_not_see_is_not_in_the_list_of_seals(
    client, app, moderator, owner, make_user, login
):
    inner = publish("Nur für Angemeldete", owner, visibility="members")
    answer = seal(client, inner)
    guest, member = app.test_client(), login(app.test_client(), make_user())
    assert "Nur für Angemeldete" not in guest.get("/guetesiegel").text
    assert guest.get(answer.location).status_code != 200
    assert "Nur für Angemeldete" in member.get("/guetesiegel").text


def test_criteria_are_written_in_versions_and_a_seal_names_its_own(
    client, app, moderator, paper, owner
):
    address = "/kuratierung/guetesiegel/kriterien"
    answer = seal(client, paper)
    assert client.post(address, data={"body": "Kein Kriterium", "version": 0}).status_code == 422
    body = "Neu.\n\n## 1 Nützlich\n\nEs nützt."
    assert client.post(address, data={"body": body, "version": 0}).status_code == 303
    assert client.post(address, data={"body": body, "version": 0}).status_code == 409
    assert client.post(f"{address}/veroeffentlichen", data={"version": 1}).status_code == 303
    guest = app.test_client()
    assert "Nützlich" in guest.get("/guetesiegel").text
    assert "Übertragbar" in guest.get("/guetesiegel/kriterien/1").text
    assert "/guetesiegel/kriterien/1" in guest.get(answer.location).text
    stale = seal(client, publish("Anderes", owner), criteria="0")
    assert stale.status_code in (409, 422)  # the old answers do not fit the new criteria
    assert db.session.query(QualitySeal).count() == 1


def test_the_list_of_seals_needs_a_fixed_number_of_statements(
    client, app, moderator, owner, query_counter
):
    guest = app.test_client()
    seal(client, publish("Eins", owner))
    with query_counter() as before:
        guest.get("/guetesiegel")
    for number in range(3):
        seal(client, publish(f"Mehr {number}", owner))
    with query_counter() as after:
        guest.get("/guetesiegel")
    assert len(after) == len(before)
