"""Reviews of dossiers and of experiences, and the page on which the rules are set."""

import pytest

from kts.core import judging
from kts.core.waiting import WaitingItem
from kts.curation.dossiers import services as dossiers
from kts.curation.reviewing import services
from kts.curation.reviewing.models import (
    CannedText,
    Review,
    ReviewRule,
    TopicReviewer,
    TrustedMunicipality,
)
from kts.curation.reviewing.subjects import subject_of
from kts.forum import services as forum
from kts.forum.models import Thread
from kts.forum.models.held import HeldContribution
from kts.forum.services import holding
from kts.forum.services.held_texts import Sent
from kts.municipalities.models import Municipality, Topic

RULES = "/kuratierung/pruefungen/regeln"


@pytest.fixture
def moderator(make_user):
    return make_user("moderator", name="Maria Muster")


@pytest.fixture
def colleague(make_user):
    return make_user("moderator", name="Konrad Kollege")


@pytest.fixture
def dossier(db_session, moderator):
    db_session.add(ReviewRule(kind="dossier", who="all", days=7))
    made = dossiers.create_dossier(moderator, "Sammlung Daten", "Kurz.", "Der erste Text.")
    db_session.commit()
    return made


def form(review, **more):
    return {"version": review.version, "seen": subject_of(review).fingerprint, **more}


def test_a_dossier_is_published_as_it_was_reviewed(
    app, login, dossier, moderator, colleague, db_session
):
    author = login(app.test_client(), moderator)
    sent = author.post(f"/dossiers/{dossier.id}/veroeffentlichen", data={"note": "Neu."})
    assert sent.status_code == 303
    db_session.expire_all()
    review = db_session.query(Review).one()
    assert (dossier.state, review.state) == ("draft", "submitted")
    assert app.test_client().get(dossier.path).status_code == 404
    assert author.post(f"{review.path}/freigeben", data=form(review)).status_code == 403
    dossiers.change_dossier(
        moderator, dossier, dossier.version, title="Später", summary="", text="Danach."
    )
    db_session.commit()
    other = login(app.test_client(), colleague)
    page = other.get(review.path)
    assert "Der erste Text." in page.text
    assert other.post(f"{review.path}/freigeben", data=form(review)).status_code == 303
    db_session.expire_all()
    shown = app.test_client().get(dossier.path).text
    assert "Der erste Text." in shown
    assert "Danach." not in shown
    assert (review.state, dossier.state, dossier.title) == ("published", "published", "Später")


def test_a_dossier_comes_back_for_another_round(app, login, dossier, moderator, colleague):
    review = services.submit_dossier(moderator, dossier)
    services.ask_for_changes(colleague, review, review.version, "Bitte kürzer.")
    dossiers.change_dossier(
        moderator, dossier, dossier.version, title="Kürzer", summary="", text="Kurz."
    )
    client = login(app.test_client(), moderator)
    assert client.post(f"/dossiers/{dossier.id}/veroeffentlichen").status_code == 303
    again = client.post(f"/dossiers/{dossier.id}/veroeffentlichen")
    assert again.status_code == 303
    assert (review.state, review.round, review.title) == ("submitted", 2, "Kürzer")
    assert review.snapshot["told"]["text"] == "Kurz."


def test_retiring_a_dossier_on_its_own_page_leads_the_review_along(
    dossier, moderator, colleague, db_session
):
    review = services.submit_dossier(moderator, dossier)
    seen = subject_of(review).fingerprint
    services.approve(colleague, review, review.version, seen)
    dossiers.retire_dossier(colleague, dossier, "Überholt.")
    assert review.state == "retired"
    services.reinstate(colleague, review, review.version)
    assert (review.state, dossier.state) == ("published", "published")


def test_a_dossier_that_is_deleted_leaves_the_desk(dossier, moderator, db_session):
    review = services.submit_dossier(moderator, dossier)
    dossiers.delete_dossier(moderator, dossier)
    assert review.state == "draft"
    assert db_session.query(WaitingItem).filter_by(kind="review").count() == 0


@pytest.fixture
def held(db_session, make_user, town):
    """Give an experience that the rule sends to a review."""
    db_session.add(ReviewRule(kind="experience", who="untrusted", days=14))
    area = forum.create_category(None, "Offen", visibility="public")
    person = make_user(belongs_to=[town], name="Erika Erfahren")
    db_session.commit()
    texts = {"title": "Sensoren im Winter", "failed": "Die Batterien froren ein."}
    rest = {"thread_kind": "experience", "municipality_id": town.id, "topics": []}
    sent = Sent(judging.EXPERIENCE, texts, "public", rest=rest, category_id=area.id)
    found = judging.reasons(sent.contribution(person))
    assert [reason.key for reason in found] == ["review"]
    made = holding.hold(person, sent, found)
    db_session.commit()
    return made


def test_an_experience_is_published_by_its_review(app, login, held, moderator, db_session):
    review = db_session.query(Review).one()
    assert db_session.query(Thread).count() == 0
    client = login(app.test_client(), moderator)
    assert "Die Batterien froren ein." in client.get(review.path).text
    assert client.post(f"{review.path}/freigeben", data=form(review)).status_code == 303
    db_session.expire_all()
    thread = db_session.query(Thread).one()
    assert (review.state, thread.author_id) == ("published", held.author_id)
    assert "Die Batterien froren ein." in app.test_client().get(thread.path).text


def test_an_experience_goes_back_and_comes_again(held, moderator, db_session):
    review = db_session.query(Review).one()
    services.ask_for_changes(moderator, review, review.version, "Welche Batterien?")
    assert (review.state, held.state) == ("changes", "changes")
    assert "Welche Batterien?" in held.decision_reason
    holding.change(held.author, held, {"failed": "Lithium."}, version=held.version)
    assert (review.state, review.round, held.state) == ("submitted", 2, "waiting")
    services.withdraw(held.author, review, review.version)
    assert (review.state, review.open_key, held.state) == ("draft", None, "withdrawn")
    assert db_session.query(WaitingItem).filter_by(kind="review").count() == 0


def test_trusted_authors_and_other_threads_are_not_held_for_review(held, town, db_session):
    contribution = judging.Contribution(
        "experience", held.author, "T", "Text", "public", municipality_id=town.id
    )
    assert [r.key for r in judging.reasons(contribution)] == ["review"]
    db_session.add(TrustedMunicipality(municipality_id=town.id))
    db_session.flush()
    assert list(judging.reasons(contribution)) == []
    assert db_session.query(HeldContribution).count() == 1


def test_members_neither_see_nor_change_the_rules(app, login, make_user, editor):
    for client in (app.test_client(), login(app.test_client(), editor)):
        assert client.get(RULES).status_code in (302, 403)
        assert client.post(f"{RULES}/document", data={"who": "nobody"}).status_code in (302, 403)


def test_a_rule_is_set_and_the_second_of_two_overwrites_nothing(app, login, moderator, db_session):
    client = login(app.test_client(), moderator)
    data = {"document-who": "all", "document-two_persons": "y", "document-days": "5",
            "document-version": "0"}  # fmt: skip
    assert client.post(f"{RULES}/document", data=data).status_code == 303
    rule = db_session.query(ReviewRule).one()
    assert (rule.who, rule.two_persons, rule.days) == ("all", True, 5)
    second = client.post(f"{RULES}/document", data=data | {"document-who": "nobody"})
    assert second.status_code == 409
    assert client.post(f"{RULES}/document", data=data | {"document-days": "0"}).status_code == 422
    assert client.post(f"{RULES}/dossier", data={"dossier-who": "untrusted"}).status_code == 422
    db_session.expire_all()
    assert rule.who == "all"


def test_trust_is_given_with_a_reason_ended_and_given_back(app, login, moderator, town, db_session):
    client = login(app.test_client(), moderator)
    data = {"municipality": town.ags}
    assert client.post(f"{RULES}/vertraut", data=data).status_code == 422
    unknown = data | {"municipality": "Nirgendwo", "reason": "x"}
    assert client.post(f"{RULES}/vertraut", data=unknown).status_code == 422
    data["reason"] = "Drei gute Dokumente."
    assert client.post(f"{RULES}/vertraut", data=data).status_code == 303
    trusted = db_session.query(TrustedMunicipality).one()
    assert (trusted.reason, trusted.by_id) == ("Drei gute Dokumente.", moderator.id)
    assert "Drei gute Dokumente." in client.get(RULES).text
    client.post(f"{RULES}/vertraut/{trusted.id}/beenden")
    assert db_session.query(TrustedMunicipality).count() == 0
    page = client.get(RULES).text
    undo = page.partition(f'action="{RULES}/vertraut/wieder/')[2].partition('"')[0]
    assert client.post(f"{RULES}/vertraut/wieder/{undo}").status_code == 303
    assert db_session.query(TrustedMunicipality).one().reason == "Drei gute Dokumente."


def test_a_reviewer_is_named_for_a_topic_and_let_go(
    app, login, moderator, colleague, make_user, db_session
):
    topic = Topic(slug="daten", name="Daten")
    db_session.add(topic)
    db_session.commit()
    client, address = login(app.test_client(), moderator), f"{RULES}/handlungsfelder"
    member = make_user()
    assert client.post(address, data={"topic": topic.id, "person": member.id}).status_code == 422
    client.post(address, data={"topic": topic.id, "person": colleague.id})
    assert db_session.query(TopicReviewer).one().user_id == colleague.id
    assert "Konrad Kollege" in client.get(RULES).text
    client.post(address, data={"topic": topic.id, "person": colleague.id, "end": "1"})
    assert db_session.query(TopicReviewer).count() == 0


def test_canned_texts_are_added_changed_moved_deleted_and_brought_back(
    app, login, moderator, db_session
):
    client = login(app.test_client(), moderator)
    for title in ("Quelle", "Sprache"):
        data = {"title": title, "text": f"Zu {title}.", "kinds": ["document"]}
        assert client.post(f"{RULES}/texte", data=data).status_code == 303
    assert client.post(f"{RULES}/texte", data={"title": "", "text": "x"}).status_code == 422
    one, two = db_session.query(CannedText).order_by(CannedText.position).all()
    client.post(f"{RULES}/texte/{two.id}/hoch")
    db_session.expire_all()
    assert two.position < one.position
    change = {"title": "Herkunft", "text": "Neu.", "kinds": ["dossier"], "version": one.version}
    assert client.post(f"{RULES}/texte/{one.id}", data=change).status_code == 303
    assert client.post(f"{RULES}/texte/{one.id}", data=change).status_code == 409
    db_session.expire_all()
    assert (one.title, one.kinds) == ("Herkunft", ["dossier"])
    client.post(f"{RULES}/texte/{one.id}/loeschen")
    page = client.get(RULES).text
    assert f"{RULES}/texte/{one.id}/wiederherstellen" in page
    client.post(f"{RULES}/texte/{one.id}/wiederherstellen")
    db_session.expire_all()
    assert one.deleted_at is None


def test_of_two_who_approve_at_once_one_is_told_on_the_page(
    reviewed, upload, editor, app, login, moderator, colleague, db_session
):
    upload(editor, "Ein Text.")
    review = db_session.query(Review).one()
    data = form(review)
    services.ask_for_changes(colleague, review, review.version, "Bitte.")
    db_session.commit()
    answer = login(app.test_client(), moderator).post(f"{review.path}/freigeben", data=data)
    assert answer.status_code == 409
    assert "Konrad Kollege" in answer.text


def test_members_of_trusted_municipalities_are_never_new(make_user, db_session):
    town = Municipality(name="Musterhausen", slug="musterhausen", kind="town", land="08")
    db_session.add(town)
    db_session.flush()
    person = make_user(belongs_to=[town])
    assert not judging.is_vouched_for(person)
    db_session.add(TrustedMunicipality(municipality_id=town.id, reason="Seit Jahren dabei"))
    db_session.flush()
    assert judging.is_vouched_for(person)
    assert not judging.is_vouched_for(make_user())
