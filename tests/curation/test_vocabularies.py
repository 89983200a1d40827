"""Terms are renamed, merged, split and retired with a preview, and every change can be undone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from kts.core.audit import AuditEntry
from kts.curation.dossiers import services as dossiers
from kts.curation.vocabularies.models import SplitPlan, VocabularyChange
from kts.documents.kinds import DocumentKind
from kts.documents.models import Document, DocumentVersion, document_topic
from kts.extensions import db
from kts.forum import services as forum
from kts.municipalities.models import Municipality, Topic
from kts.notifications.models import Notification, Subscription
from kts.saved_searches.models import SavedSearch
from kts.search import outbox
from kts.search.models import SearchChange, Synonym

ROOM = "/kuratierung/vokabulare"
TOPICS = f"{ROOM}/handlungsfelder"
WHY = {"reason": "Beide meinen dasselbe."}


@pytest.fixture
def topics(db_session):
    names = ("Mobilität", "Verkehr", "Kultur")
    made = [
        Topic(slug=n.lower().replace("ä", "ae"), name=n, sort=i * 10) for i, n in enumerate(names)
    ]
    db_session.add_all(made)
    db_session.commit()
    return made


@pytest.fixture
def moderator(client, make_user, login):
    user = make_user("moderator", name="Maria Muster")
    login(client, user)
    return user


def document(title, *topics, **values):
    made = Document(title=title, topics=list(topics), **values)
    version = DocumentVersion(
        number=1, blob_key="0" * 64, filename="a.pdf", format="pdf", size=1, extraction_state="done"
    )
    made.versions.append(version)
    db.session.add(made)
    db.session.flush()
    made.current_version_id = version.id
    db.session.commit()
    return made


def named(thing):
    db.session.expire_all()
    return sorted(topic.name for topic in thing.topics)


def mark_in(page):
    return re.search(r'name="mark" value="([0-9a-f,.]+)"', page)[1]


def merge(client, old="verkehr", new="mobilitaet", **changes):
    address = f"{TOPICS}/{old}/zusammenfuehren"
    preview = client.post(address, data={"into": new, **WHY})
    assert preview.status_code == 200
    told = {"into": new, **WHY, "mark": mark_in(preview.text), "confirm": "1", **changes}
    return client.post(address, data=told)


def undo(client, answer, **values):
    return client.post(f"{answer.location}/rueckgaengig", data={"reason": "Doch nicht.", **values})


def test_vocabularies_are_for_moderators(app, make_user, login, topics):
    guest, member = app.test_client(), login(app.test_client(), make_user())
    moderator = login(app.test_client(), make_user("moderator"))
    for path in (
        *(ROOM, TOPICS, f"{TOPICS}/neu", f"{TOPICS}/kultur", f"{ROOM}/aenderungen"),
        *(f"{TOPICS}/kultur/{deed}" for deed in ("aendern", "zusammenfuehren", "ausmustern")),
        *(f"{TOPICS}/kultur/aufteilen", f"{ROOM}/dokumentarten/report", f"{ROOM}/kennzeichen"),
    ):
        assert guest.get(path).status_code == 302
        assert member.get(path).status_code == 403
        assert moderator.get(path).status_code == 200
    assert member.post(f"{TOPICS}/kultur/zusammenfuehren", data={}).status_code == 403
    assert moderator.get(f"{ROOM}/unsinn").status_code == 404
    assert moderator.get(f"{TOPICS}/unsinn").status_code == 404


def test_a_new_term_can_be_chosen_and_its_addition_undone(client, moderator):
    told = {"name": "Wärme", "name_en": "Heat", "description": "Netze", **WHY}
    assert client.post(f"{TOPICS}/neu", data=told).status_code == 303
    assert client.post(f"{TOPICS}/neu", data=told).status_code == 422
    assert db.session.scalars(select(Topic.slug)).all() == ["waerme"]
    change = db.session.scalars(select(VocabularyChange)).one()
    assert client.post(f"{change.path}/rueckgaengig", data=WHY).status_code == 303
    assert db.session.scalars(select(Topic)).all() == []


def test_a_rename_keeps_the_address_and_can_be_undone(client, moderator, topics):
    address = f"{TOPICS}/verkehr/aendern"
    told = {"name": "Straßenverkehr", "name_en": "Traffic", "description": "x", "place": "=", **WHY}
    preview = client.post(address, data=told)
    assert "Straßenverkehr" in preview.text
    assert topics[1].name == "Verkehr"
    answer = client.post(address, data={**told, "mark": mark_in(preview.text), "confirm": "1"})
    db.session.expire_all()
    assert (topics[1].name, topics[1].slug) == ("Straßenverkehr", "verkehr")
    topics[1].description = "von jemand anderem"
    assert undo(client, answer).status_code == 303
    db.session.expire_all()
    assert (topics[1].name, topics[1].name_en) == ("Verkehr", "")
    assert topics[1].description == "von jemand anderem"  # what was changed since stays
    assert db.session.scalars(select(VocabularyChange)).one().left_alone == 1


def test_a_term_gets_another_place(client, moderator, topics):
    address = f"{TOPICS}/kultur/aendern"
    told = {"name": "Kultur", "place": "^", **WHY}
    preview = client.post(address, data=told)
    answer = client.post(address, data={**told, "mark": mark_in(preview.text), "confirm": "1"})
    assert answer.status_code == 303
    order = select(Topic.slug).order_by(Topic.sort)
    assert db.session.scalars(order).all() == ["kultur", "mobilitaet", "verkehr"]
    undo(client, answer)
    assert db.session.scalars(order).all() == ["mobilitaet", "verkehr", "kultur"]


def test_the_preview_of_a_merge_counts_and_changes_nothing(client, moderator, topics, make_user):
    paper = document("Verkehrskonzept", topics[1])
    document("Beides", topics[0], topics[1])
    member = make_user()
    db.session.add(
        Subscription(user_id=member.id, kind="topic", target_id=topics[1].id, level="watch")
    )
    db.session.add(SavedSearch(user_id=member.id, name="x", filters={"topic": ["verkehr"]}))
    page = client.post(f"{TOPICS}/verkehr/zusammenfuehren", data={"into": "mobilitaet", **WHY}).text
    for text in (
        "Verkehrskonzept",
        "<strong>2</strong>",
        "1 of them",
        "1 person",
        "1 saved search",
    ):
        assert text in page or "1 davon" in page, text
    assert named(paper) == ["Verkehr"]


def test_a_merge_moves_everything_and_old_addresses_lead_on(
    client, app, moderator, topics, make_user
):
    new, old, _culture = topics
    paper, both = document("Konzept", old), document("Beides", new, old)
    town = Municipality(name="Musterstadt", slug="musterstadt", topics=[old])
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(make_user(), category, "Frage", "?", topics=[old])
    dossier = dossiers.create_dossier(moderator, "Dossier", topics=[old])
    follower, other = make_user(), make_user()
    db.session.add_all(
        [
            town,
            Subscription(user_id=follower.id, kind="topic", target_id=old.id, level="watch"),
            Subscription(user_id=other.id, kind="topic", target_id=old.id, level="mute"),
            Subscription(user_id=other.id, kind="topic", target_id=new.id, level="follow"),
            SavedSearch(user_id=follower.id, name="x", filters={"topic": ["verkehr", "kultur"]}),
        ]
    )
    db.session.commit()
    db.session.query(SearchChange).delete()
    answer = merge(client)
    assert answer.status_code == 303
    assert [named(one) for one in (paper, both, town, thread, dossier)] == [["Mobilität"]] * 5
    levels = select(Subscription.user_id, Subscription.target_id, Subscription.level)
    assert set(db.session.execute(levels.filter_by(kind="topic")).all()) == {
        (follower.id, new.id, "watch"),
        (other.id, new.id, "follow"),
    }
    saved = db.session.scalars(select(SavedSearch)).one()
    assert saved.filters == {"topic": ["mobilitaet", "kultur"]}
    assert {
        n.user_id for n in db.session.scalars(select(Notification).filter_by(kind="vocabulary"))
    } == {
        follower.id,
        other.id,
    }
    guest = app.test_client()
    for path, to in (
        (
            "/dokumente?handlungsfeld=verkehr&art=report",
            "/dokumente?handlungsfeld=mobilitaet&art=report",
        ),
        ("/kommunen?handlungsfeld=verkehr", "/kommunen?handlungsfeld=mobilitaet"),
        ("/forum?feld=verkehr", "/forum?feld=mobilitaet"),
        ("/suche?q=x&topic=verkehr", "/suche?q=x&topic=mobilitaet"),
    ):
        assert guest.get(path).location == to
        assert guest.get(to).status_code == 200
    assert "Verkehr" not in re.findall(
        r"<option[^>]*>(.*?)</option>", client.get("/dokumente/neu").text
    )
    entry = db.session.scalars(select(AuditEntry).filter_by(action="vocabulary.merge")).one()
    assert entry.reason == WHY["reason"]
    # and back
    assert undo(client, answer).status_code == 303
    assert named(paper) == named(thread) == named(town) == named(dossier) == ["Verkehr"]
    assert named(both) == ["Mobilität", "Verkehr"]
    assert set(db.session.execute(levels.filter_by(kind="topic")).all()) == {
        (follower.id, old.id, "watch"),
        (other.id, old.id, "mute"),
        (other.id, new.id, "follow"),
    }
    db.session.expire_all()
    assert saved.filters == {"topic": ["verkehr", "kultur"]}
    assert guest.get("/dokumente?handlungsfeld=verkehr").status_code == 200
    assert db.session.query(Notification).filter_by(kind="vocabulary").count() == 0


def test_the_index_learns_of_a_merge_in_bulk(client, moderator, topics, monkeypatch):
    noted = []
    monkeypatch.setattr(outbox, "note", lambda kind, ids: noted.append((kind, sorted(ids))))
    paper = document("Konzept", topics[1])
    merge(client)
    assert ("document", [paper.id]) in noted


def test_an_undo_leaves_later_changes_alone(client, moderator, topics, make_user):
    new, old, culture = topics
    kept, changed, gone = document("A", old), document("B", old), document("C", old)
    follower = make_user()
    db.session.add(Subscription(user_id=follower.id, kind="topic", target_id=old.id, level="watch"))
    saved = SavedSearch(user_id=follower.id, name="x", filters={"topic": ["verkehr"]})
    db.session.add(saved)
    db.session.commit()
    answer = merge(client)
    db.session.expire_all()
    changed.topics = [culture]
    later = document("Später", new)
    db.session.delete(gone)
    saved.filters = {"topic": ["mobilitaet", "kultur"]}
    db.session.execute(Subscription.__table__.update().values(level="mute"))
    assert undo(client, answer).status_code == 303
    assert named(kept) == ["Verkehr"]
    assert named(changed) == ["Kultur"]
    assert named(later) == ["Mobilität"]
    assert saved.filters == {"topic": ["mobilitaet", "kultur"]}
    levels = select(Subscription.target_id, Subscription.level)
    assert set(db.session.execute(levels).all()) == {(new.id, "mute"), (old.id, "watch")}
    change = db.session.scalars(select(VocabularyChange)).one()
    assert change.left_alone == 4  # two documents, a search, a subscription


def test_a_merge_is_refused_when_something_changed_since_its_preview(client, moderator, topics):
    address = f"{TOPICS}/verkehr/zusammenfuehren"
    mark = mark_in(client.post(address, data={"into": "mobilitaet", **WHY}).text)
    paper = document("Kam dazwischen", topics[1])
    told = {"into": "mobilitaet", **WHY, "mark": mark, "confirm": "1"}
    answer = client.post(address, data=told)
    assert answer.status_code == 409
    assert "Kam dazwischen" in answer.text  # the new preview
    assert named(paper) == ["Verkehr"]
    assert client.post(address, data={**told, "mark": mark_in(answer.text)}).status_code == 303
    assert client.post(address, data=told).status_code == 409  # a double click


def test_what_was_undone_is_not_undone_twice_nor_after_thirty_days(client, moderator, topics):
    answer = merge(client)
    assert undo(client, answer, reason="").status_code == 422
    undo(client, answer)
    undo(client, answer)
    assert db.session.query(AuditEntry).filter_by(action="vocabulary.undo").count() == 1
    again = merge(client)
    change = db.session.scalars(select(VocabularyChange).filter_by(undone_at=None)).one()
    change.created -= timedelta(days=31)
    undo(client, again)
    db.session.expire_all()
    assert change.undone_at is None
    assert topics[1].merged_into_id == topics[0].id


def test_a_retired_topic_stays_where_it_is_and_in_the_form_of_what_has_it(
    client, moderator, topics
):
    town = Municipality(name="Musterstadt", slug="musterstadt", topics=[topics[1]])
    db.session.add(town)
    db.session.commit()
    page = client.get(f"{TOPICS}/verkehr/ausmustern").text
    told = {**WHY, "mark": mark_in(page), "confirm": "1"}
    answer = client.post(f"{TOPICS}/verkehr/ausmustern", data=told)
    assert answer.status_code == 303
    form = client.get("/kommunen/musterstadt/bearbeiten").text
    assert f'value="{topics[1].id}" checked' in form
    new = client.get("/dokumente/neu").text
    assert f'name="topics" value="{topics[1].id}"' not in new
    assert f'name="topics" value="{topics[0].id}"' in new
    assert named(town) == ["Verkehr"]
    assert client.post(f"{TOPICS}/verkehr/anbieten", data=WHY).status_code == 303
    assert f'name="topics" value="{topics[1].id}"' in client.get("/dokumente/neu").text


def test_a_form_that_was_open_during_a_merge_saves_the_new_topic(client, moderator, topics):
    town = Municipality(name="Musterstadt", slug="musterstadt")
    db.session.add(town)
    db.session.commit()
    merge(client)
    db.session.expire_all()
    told = {"version": town.version, "topics": [topics[1].id], "strategy_state": ""}
    assert client.post("/kommunen/musterstadt/bearbeiten", data=told).status_code == 303
    assert named(town) == ["Mobilität"]


@pytest.fixture
def plan(client, moderator, topics):
    for number in range(4):
        document(f"Papier {number}", topics[1])
    told = {"first": "Radverkehr", "first_en": "Cycling", "existing": "mobilitaet"}
    assert client.post(f"{TOPICS}/verkehr/aufteilen", data=told).status_code == 303
    return db.session.scalars(select(SplitPlan)).one()


def assign(client, plan, to, *documents, **values):
    db.session.expire_all()
    use = [f"document:{one.id}" for one in documents]
    return client.post(plan.path, data={"use": use, "to": to, "version": plan.version, **values})


def apply(client, plan):
    page = client.get(f"{plan.path}/anwenden")
    return client.post(f"{plan.path}/anwenden", data={**WHY, "mark": mark_in(page.text)})


def papers():
    return db.session.scalars(select(Document).order_by(Document.id)).all()


def test_a_split_is_planned_step_by_step_applied_and_undone(client, app, plan, topics, make_user):
    follower = make_user()
    db.session.add(
        Subscription(user_id=follower.id, kind="topic", target_id=topics[1].id, level="watch")
    )
    saved = SavedSearch(user_id=follower.id, name="x", filters={"topic": ["verkehr"]})
    db.session.add(saved)
    one, two, three, four = papers()
    assert assign(client, plan, "0", one, two).status_code == 303
    assert assign(client, plan, "mehrere", three).status_code == 303
    assert assign(client, plan, "1", wen="alle").status_code == 303
    assert named(one) == ["Verkehr"]  # nothing is changed before it is applied
    assert db.session.scalar(select(Topic).filter_by(name="Radverkehr")) is None
    answer = apply(client, plan)
    assert answer.status_code == 303
    assert [named(paper) for paper in (one, two, three, four)] == [
        ["Radverkehr"],
        ["Radverkehr"],
        ["Mobilität", "Radverkehr"],
        ["Mobilität"],
    ]
    assert saved.filters == {"topic": ["radverkehr", "mobilitaet"]}
    assert db.session.query(Subscription).count() == 2
    guest = app.test_client()
    assert guest.get("/dokumente?handlungsfeld=verkehr").location.endswith("=radverkehr")
    four.topics = []
    assert undo(client, answer).status_code == 303
    assert [named(paper) for paper in (one, two, three, four)] == [["Verkehr"]] * 3 + [[]]
    db.session.expire_all()
    assert saved.filters == {"topic": ["verkehr"]}
    levels = db.session.execute(select(Subscription.target_id, Subscription.level)).all()
    assert levels == [(topics[1].id, "watch")]
    assert db.session.scalar(select(Topic).filter_by(name="Radverkehr")) is None


def test_what_has_no_target_stays_and_a_new_term_in_use_survives_the_undo(client, plan, topics):
    one, two, *_others = papers()
    assign(client, plan, "0", one)
    answer = apply(client, plan)
    assert (named(one), named(two)) == (["Radverkehr"], ["Verkehr"])
    assert topics[1].is_offered
    cycling = db.session.scalar(select(Topic).filter_by(name="Radverkehr"))
    later = document("Später", cycling)
    undo(client, answer)
    assert (named(one), named(later)) == (["Verkehr"], ["Radverkehr"])


def test_two_moderators_at_one_plan_do_not_overwrite_each_other(client, plan):
    one, two, *_others = papers()
    version = plan.version
    assign(client, plan, "0", one)
    late = client.post(plan.path, data={"use": f"document:{two.id}", "to": "1", "version": version})
    assert late.status_code == 409
    db.session.expire_all()
    assert plan.choices == {"document": {str(one.id): [0]}}
    mark = mark_in(client.get(f"{plan.path}/anwenden").text)
    assign(client, plan, "1", two)
    told = {**WHY, "mark": mark}
    assert client.post(f"{plan.path}/anwenden", data=told).status_code == 409
    assert named(one) == ["Verkehr"]


def test_a_plan_can_be_thrown_away(client, plan):
    assign(client, plan, "0", *papers())
    path = plan.path
    assert client.post(f"{path}/verwerfen").status_code == 303
    assert db.session.query(SplitPlan).count() == 0
    assert client.post(f"{path}/anwenden", data=WHY).status_code == 303  # nothing is left to do
    assert named(papers()[0]) == ["Verkehr"]


def test_titles_of_closed_groups_are_not_shown(client, moderator, topics):
    document("Streng vertraulich", topics[1], visibility="group:99")
    told = {"into": "mobilitaet", **WHY}
    assert "vertraulich" not in client.post(f"{TOPICS}/verkehr/zusammenfuehren", data=told).text
    assert "vertraulich" not in client.get(f"{TOPICS}/verkehr").text
    client.post(f"{TOPICS}/verkehr/aufteilen", data={"first": "Rad", "existing": ""})
    plan = db.session.scalars(select(SplitPlan)).one()
    assert "vertraulich" not in client.get(plan.path).text


def many_uses(topic, number):
    known = db.session.query(Document).count()
    rows = [{"title": f"D{n}", "kind": "report"} for n in range(known, known + number)]
    db.session.execute(insert(Document), rows)
    ids = db.session.scalars(select(Document.id).where(Document.id > known)).all()
    links = [{"document_id": one, "topic_id": topic.id} for one in ids]
    db.session.execute(insert(document_topic), links)
    db.session.commit()


def test_a_thousand_uses_need_few_statements(client, moderator, topics, query_counter, monkeypatch):
    monkeypatch.setattr(outbox.tasks, "after_commit", lambda *_: None)  # the worker's own work
    many_uses(topics[1], 1000)
    with query_counter() as lists:
        assert client.get(TOPICS).status_code == 200
    with query_counter() as merging:
        answer = merge(client)
    with query_counter() as undoing:
        undo(client, answer)
    assert db.session.query(document_topic).filter_by(topic_id=topics[1].id).count() == 1000
    assert len(lists) < 15
    assert len(merging) < 80
    assert len(undoing) < 60


def test_a_kind_of_document_is_renamed_merged_and_brought_back(client, app, moderator):
    study = document("Studie", kind="study")
    address = f"{ROOM}/dokumentarten/study"
    told = {"name": "Gutachten", "name_en": "Expertise", "place": "=", **WHY}
    mark = mark_in(client.post(f"{address}/aendern", data=told).text)
    client.post(f"{address}/aendern", data={**told, "mark": mark, "confirm": "1"})
    assert (
        "Gutachten" in client.get(f"{study.path}?lang=de", headers={"Accept-Language": "de"}).text
    )
    told = {"into": "report", **WHY}
    mark = mark_in(client.post(f"{address}/zusammenfuehren", data=told).text)
    answer = client.post(f"{address}/zusammenfuehren", data={**told, "mark": mark, "confirm": "1"})
    assert answer.status_code == 303
    db.session.expire_all()
    assert study.kind == "report"
    assert app.test_client().get("/dokumente?art=study").location == "/dokumente?art=report"
    assert 'value="study"' not in client.get("/dokumente/neu").text
    assert Document(title="x", kind="study").kind == "report"  # an import that knows the old name
    undo(client, answer)
    db.session.expire_all()
    assert study.kind == "study"
    assert 'value="study"' in client.get("/dokumente/neu").text


def test_a_kind_that_was_added_can_be_chosen(client, moderator):
    told = {"name": "Leistungsverzeichnis", "name_en": "Tender", **WHY}
    assert client.post(f"{ROOM}/dokumentarten/neu", data=told).status_code == 303
    kind = db.session.scalars(select(DocumentKind)).one()
    assert f'value="{kind.key}"' in client.get("/dokumente/neu").text
    paper = document("LV", kind=kind.key)
    assert client.get(paper.path).status_code == 200
    with pytest.raises(ValueError, match="no kind"):
        Document(title="x", kind="unsinn")


@pytest.fixture
def groups(db_session):
    made = [Synonym(words="Rad, Fahrrad, Auto, Wagen"), Synonym(words="Bike, Velo")]
    db_session.add_all(made)
    db_session.commit()
    return made


def words():
    db.session.expire_all()
    return sorted(db.session.scalars(select(Synonym.words)))


def test_groups_of_synonyms_are_merged_and_brought_back(client, moderator, groups):
    address = f"{ROOM}/synonyme/{groups[0].id}/zusammenfuehren"
    told = {"into": groups[1].id, **WHY}
    preview = client.post(address, data=told)
    assert "Rad, Fahrrad, Auto, Wagen, Bike, Velo" in preview.text
    mark = mark_in(preview.text)
    answer = client.post(address, data={**told, "mark": mark, "confirm": "1"})
    assert words() == ["Rad, Fahrrad, Auto, Wagen, Bike, Velo"]
    undo(client, answer)
    assert words() == ["Bike, Velo", "Rad, Fahrrad, Auto, Wagen"]


def test_a_group_of_synonyms_is_split_and_not_brought_back_after_a_change(
    client, moderator, groups
):
    address = f"{ROOM}/synonyme/{groups[0].id}/aufteilen"
    assert client.post(address, data={"word": "Auto", **WHY}).status_code == 422
    told = {"word": ["Auto", "Wagen"], **WHY}
    mark = mark_in(client.post(address, data=told).text)
    groups[0].version += 1  # somebody else saves it
    assert client.post(address, data={**told, "mark": mark, "confirm": "1"}).status_code == 409
    mark = mark_in(client.post(address, data=told).text)
    answer = client.post(address, data={**told, "mark": mark, "confirm": "1"})
    assert words() == ["Auto, Wagen", "Bike, Velo", "Rad, Fahrrad"]
    undo(client, answer)
    assert words() == ["Bike, Velo", "Rad, Fahrrad, Auto, Wagen"]
    mark = mark_in(client.post(address, data=told).text)
    answer = client.post(address, data={**told, "mark": mark, "confirm": "1"})
    db.session.expire_all()
    groups[0].words = "Rad, Fahrrad, Drahtesel"
    undo(client, answer)
    assert words() == ["Auto, Wagen", "Bike, Velo", "Rad, Fahrrad, Drahtesel"]
