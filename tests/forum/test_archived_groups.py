"""What an archived group holds can be read and not written; taken out, everything goes on."""

import io

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import Group
from kts.documents.models import Document
from kts.extensions import db
from kts.forum import services
from kts.forum.models import Category, Post, Thread
from kts.forum.models.drafts import Draft
from kts.forum.models.kinds import Poll
from kts.forum.models.marks import Reaction
from kts.forum.services import kinds


@pytest.fixture
def world(make_user, make_document, municipality, db_session):
    """Give an archived group with all that can be in it, and its people."""
    group = Group(name="AEG Daten", closed=False)
    db_session.add(group)
    db_session.flush()
    room = Category(name="Werkstatt", slug="werkstatt", visibility=group.token)
    db_session.add(room)
    author, member = (make_user(groups=[group], edits=[municipality]) for _number in range(2))
    accounts.name_coordinator(make_user("moderator"), author.group_memberships[0], True)
    question = kinds.open_thread(
        author, room, "Wer hat es?", "Wir nicht.", kinds.Details("question")
    )
    answer = services.add_post(member, question, "Wir.")
    poll = kinds.open_thread(
        author, room, "Ja?", "?", kinds.Details("poll", None, kinds.PollSettings(["Ja", "Nein"]))
    )
    document = make_document(visibility=group.token)
    group.archived = question.created
    db_session.commit()
    names = "group room author member question answer poll document"
    return dict(
        zip(
            names.split(),
            (group, room, author, member, question, answer, poll, document),
            strict=True,
        )
    )


def writes(world):
    """List what people write: who, the address, the entries."""
    author, member, answer = world["author"], world["member"], world["answer"]
    question, poll, document = (world[name].path for name in ("question", "poll", "document"))
    option = db.session.get(Poll, world["poll"].id).options[0].id
    thread = {"category": "werkstatt", "kind": "discussion", "title": "Noch etwas", "body": "Text"}
    upload = {
        "title": "Entwurf",
        "file": (io.BytesIO(b"# Entwurf\n\nText"), "entwurf.md"),
        "municipality": str(world["document"].municipality_id),
        "visibility": world["group"].token,
        "language": "de",
        "licence": "nicht-angegeben",
    }
    return [
        (member, "/forum/neu", thread),
        (member, f"{question}/antworten", {"body": "Noch eine Antwort."}),
        (member, f"/beitrag/{answer.id}/bearbeiten", {"body": "Anders.", "version": "1"}),
        (author, f"/beitrag/{answer.id}/reaktion?set=1", {"kind": "helpful"}),
        (author, f"/beitrag/{answer.id}/reaktion?set=0", {"kind": "helpful"}),
        (author, f"/beitrag/{answer.id}/annehmen", {}),
        (author, f"/beitrag/{answer.id}/annahme-zuruecknehmen", {}),
        (member, f"{question}/haben-wir-auch", {}),
        (member, f"{question}/haben-wir-nicht-mehr", {}),
        (author, f"{question}/art", {"kind": "discussion"}),
        (member, f"{poll}/abstimmen", {"option": option}),
        (member, f"{poll}/stimme-zuruecknehmen", {}),
        (author, f"{poll}/umfrage-beenden", {}),
        (author, "/gruppen/aeg-daten", {"email": "neu@example.org"}),
        (author, "/gruppen/aeg-daten/bearbeiten", {"description": "Neu", "joining": "request"}),
        (author, "/gruppen/aeg-daten/bereiche", {"name": "Neu", "writable_by": "members"}),
        (author, "/gruppen/aeg-daten/bereiche/werkstatt", {"name": "N", "writable_by": "members"}),
        (member, f"{document}/bearbeiten", {"title": "Anders"}),
        (member, f"{document}/neue-fassung", {}),
        (member, "/dokumente/neu", upload),
        (member, f"/beitrag/{answer.id}/loeschen", {}),
    ]


def test_nothing_is_written_in_an_archived_group_and_each_refusal_says_why(
    app, login, make_user, world, db_session
):
    moderator = make_user("moderator")
    for person, address, entries in writes(world):
        response = login(app.test_client(), person).post(address, data=dict(entries))
        assert response.status_code == 403, address
        assert "AEG Daten" in response.text, address
        assert "kts@example.org" in response.text, address
    for address, entries in [
        (f"{world['question'].path}/antworten", {"body": "Als Moderatorin."}),
        (f"/beitrag/{world['answer'].id}/reaktion?set=1", {"kind": "helpful"}),
        (f"{world['document'].path}/bearbeiten", {"title": "Anders"}),
        ("/forum/bereiche/werkstatt", {"name": "Anders"}),
    ]:
        assert login(app.test_client(), moderator).post(address, data=entries).status_code == 403
    outsider = login(app.test_client(), make_user())
    refused = outsider.post("/gruppen/aeg-daten/beitreten", data={"message": "Bitte"})
    assert refused.status_code == 403
    assert "kts@example.org" in refused.text
    db_session.expire_all()
    assert db_session.query(Thread).count() == 2
    assert db_session.query(Post).count() == 3
    assert db_session.query(Reaction).count() == 0
    assert db_session.query(Document).count() == 1


def test_everything_in_it_can_be_read_and_no_form_is_offered(app, login, world):
    client = login(app.test_client(), world["member"])
    page = client.get(world["question"].path)
    assert page.status_code == 200
    assert "Wir nicht." in page.text
    assert "AEG Daten" in page.text
    assert 'name="body"' not in page.text
    assert "/reaktion?set=" not in page.text
    assert f"/beitrag/{world['answer'].id}/bearbeiten" not in page.text
    assert 'name="option"' not in client.get(world["poll"].path).text
    room = client.get("/forum/werkstatt")
    assert room.status_code == 200
    assert "/forum/neu?kategorie=werkstatt" not in room.text
    group = login(app.test_client(), world["author"]).get("/gruppen/aeg-daten")
    assert 'name="email"' not in group.text
    assert "/gruppen/aeg-daten/bearbeiten" not in group.text
    assert "kts@example.org" in group.text
    document = client.get(world["document"].path)
    assert document.status_code == 200
    assert "/bearbeiten" not in document.text


def test_a_draft_may_wait_and_what_is_sent_too_late_is_given_back(app, login, world, db_session):
    client = login(app.test_client(), world["member"])
    words = {"draft_context": f"answer:{world['question'].id}", "body": "Lange geschrieben"}
    assert client.post("/entwuerfe", data=words).status_code == 303
    assert db_session.query(Draft).count() == 1
    answer = client.post(f"{world['question'].path}/antworten", data={"body": "Lange geschrieben"})
    assert answer.status_code == 403
    assert "Lange geschrieben" in answer.text


def test_taken_out_of_the_archive_all_goes_on(app, login, make_user, world, db_session):
    keeper = login(app.test_client(), make_user("moderator"))
    assert keeper.post("/gruppen/aeg-daten/fortsetzen").status_code == 303
    client = login(app.test_client(), world["member"])
    assert 'name="body"' in client.get(world["question"].path).text
    for person, address, entries in writes(world):
        response = login(app.test_client(), person).post(address, data=entries)
        assert response.status_code in (303, 422), address
    db_session.expire_all()
    assert world["question"].accepted_post_id is None
    assert db_session.query(Thread).count() == 3
    assert keeper.post("/gruppen/aeg-daten/archivieren").status_code == 303
    assert 'name="body"' not in client.get(world["question"].path).text


def test_keeping_order_stays_possible_but_nothing_comes_in(
    app, login, make_user, make_thread, world, db_session
):
    keeper = login(app.test_client(), make_user("moderator"))
    answer, outside = world["answer"], make_thread()
    hidden = keeper.post(
        f"/beitrag/{answer.id}/moderation", data={"act": "hide", "reason": "Recht"}
    )
    assert hidden.status_code == 303
    moving = {"act": "move", "category": "werkstatt", "reason": "Passt", "confirmed": "y"}
    assert keeper.post(f"{outside.path}/moderation", data=moving).status_code in (403, 422)
    merging = {"into": world["question"].id, "reason": "Gleich", "confirmed": "y", "q": "Wer hat"}
    address = f"{outside.path}/moderation/zusammenfuehren"
    assert keeper.post(address, data=merging).status_code in (403, 422)
    db_session.expire_all()
    assert answer.hidden
    assert outside.merged_into_id is None
    assert outside.visibility == "public"


def test_an_invitation_into_an_archived_group_still_makes_the_account(client, world, make_user):
    link = accounts.invite(make_user("moderator"), "neu@example.org", group=world["group"])
    address = link.partition("/einladung/")[2]
    entries = {"name": "Neu", "password": "ein langes Wort", "again": "ein langes Wort"}
    assert client.post(f"/einladung/{address}", data=entries).location == "/"
    person = accounts.people.user_by_email("neu@example.org")
    assert person is not None
    assert not person.group_memberships
