"""Whoever a policy does not name is refused, at every address that asks one.

One small world, one line an endpoint: its address there, and who is refused. A new route with the
rule ``policy`` needs its line here.
"""

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import GroupMembership, Invitation, MembershipRequest
from kts.documents.models import Document, DocumentVersion
from kts.forum import services as forum
from kts.municipalities.models import ModelProject, Municipality
from tests.architecture.test_routes import routes

ALL = ("guest", "member", "neighbour")  # the neighbour is an editor, of another municipality
GUEST = ("guest",)

REFUSED = {
    "accounts.withdraw_invitation": ("/einladung/{invitation}/zurueckziehen", ALL),
    "documents.create": ("/dokumente/neu", ("guest", "member")),
    "documents.delete": ("{document}/loeschen", ALL),
    "documents.edit": ("{document}/bearbeiten", ALL),
    "documents.hide": ("{document}/ausblenden", (*ALL, "editor")),
    "documents.new_version": ("{document}/neue-fassung", ALL),
    "documents.progress": ("{document}/stand", ALL),
    "documents.retry": ("{document}/erneut", ALL),
    "documents.unhide": ("{document}/einblenden", (*ALL, "editor")),
    "forum.area": ("/forum/bereiche/{category}", (*ALL, "editor", "coordinator")),
    "forum.order": ("/forum/bereiche/{category}/hoch", (*ALL, "editor", "coordinator")),
    "groups.create": ("/gruppen/neu", (*ALL, "editor", "coordinator")),
    "groups.member": ("/gruppen/{group}/mitglieder/{takes_part}/entfernen", (*ALL, "editor")),
    "groups.show": ("/gruppen/{group}", (*ALL, "editor")),
    "home.edit_page": ("/seiten/impressum/bearbeiten", (*ALL, "editor", "moderator")),
    "members.approve": ("{town}/mitglieder/anfragen/{request}/aufnehmen", ALL),
    "members.decline": ("{town}/mitglieder/anfragen/{request}/ablehnen", ALL),
    "members.index": ("{town}/mitglieder", ALL),
    "members.invite": ("{town}/mitglieder/einladen", ALL),
    "members.remove": ("{town}/mitglieder/{membership}/entfernen", ALL),
    "members.role": ("{town}/mitglieder/{membership}/rolle", ALL),
    "members.withdraw": ("{town}/mitglieder/einladungen/{invitation}/zurueckziehen", ALL),
    "moderation.post": ("/beitrag/{post}/moderation", (*ALL, "editor", "coordinator")),
    "moderation.thread": ("{thread}/moderation", (*ALL, "editor", "coordinator")),
    "municipalities.edit": ("{town}/bearbeiten", ALL),
    "municipalities.history": ("{town}/verlauf", ALL),
    "municipalities.preview": ("{town}/vorschau", ALL),
    "posts.edit": ("/beitrag/{post}/bearbeiten", (*ALL, "editor", "moderator")),
    "projects.edit": ("/programm/projekte/{project}/bearbeiten", (*ALL, "editor")),
    "threads.answer": ("{thread}/antworten", ALL),  # it is locked
    "threads.create": ("/forum/neu", GUEST),
}
#: Anybody may send these forms; what they need instead of an account, or why nothing.
OPEN_TO_GUESTS = {
    "accounts.forgotten": "the answer says nothing about the address",
    "accounts.invitation": "the secret of the link",
    "accounts.new_password": "the signature of the link",
    "accounts.sign_in": "the password",
    "accounts.sign_out": "ends nothing but the own session",
    "home.report_barrier": "BITV 2.0 wants it open",
    "requests.ask": "asks for an account",
}
#: What a refused person may still do at the address.
ALLOWED = {("threads.answer", "GET")}  # leads to the thread


@pytest.fixture
def world(db_session, make_user):
    """Make one of everything that a policy protects; give its addresses."""
    town, other = (
        Municipality(name=name, slug=name.lower(), kind="town", land="08")
        for name in ("Musterhausen", "Nachbarort")
    )
    db_session.add_all([town, other])
    db_session.flush()
    people = {
        "member": make_user(),
        "neighbour": make_user(edits=[other]),
        "editor": make_user(edits=[town]),
        "moderator": make_user("moderator"),
        "coordinator": make_user(),
    }
    group = accounts.create_group(people["moderator"], "AEG Daten")
    accounts.add_to_group(people["coordinator"], group, coordinator=True)
    document = Document(title="Strategie", visibility="public", municipality_id=town.id)
    project = ModelProject(
        slug="projekt", title="Projekt", cohort=2020, type="kleinstadt", land="08", lead=town
    )
    db_session.add_all([document, project])
    db_session.flush()
    document.current_version = DocumentVersion(
        **{"document_id": document.id, "number": 1, "blob_key": "0" * 64, "size": 1},
        **{"filename": "a.pdf", "format": "pdf", "extraction_state": "done"},
    )
    accounts.invite(people["editor"], "neu@example.org", municipality=town)
    accounts.request_membership(name="N", email="n@example.org", message="", municipality=town)
    category = forum.create_category(None, "Fragen", visibility="public")
    thread = forum.create_thread(people["moderator"], category, "Frage", "Text")
    post = thread.last_post_id
    forum.lock_thread(people["moderator"], thread, "fertig")
    posts_author = make_user()
    db_session.get_one(type(thread.last_post), post).author_id = posts_author.id
    db_session.commit()
    return people, {
        "town": town.path,
        "document": document.path,
        "thread": thread.path,
        "post": post,
        "category": category.slug,
        "group": group.slug,
        "takes_part": db_session.query(GroupMembership).one().id,
        "membership": people["editor"].memberships[0].id,
        "invitation": db_session.query(Invitation).one().id,
        "request": db_session.query(MembershipRequest).one().id,
        "project": project.slug,
    }


def test_every_address_that_asks_a_policy_is_listed_here(app):
    asking, open_to_guests = set(), set()
    for rule, methods, audience in routes(app):
        if audience == "policy":
            asking.add(rule.endpoint)
        elif audience == "everyone" and methods - {"GET"}:
            open_to_guests.add(rule.endpoint)
    assert asking == REFUSED.keys()
    assert open_to_guests == OPEN_TO_GUESTS.keys()


def test_whoever_the_policies_do_not_name_is_refused(app, world, login):
    people, names = world
    clients = {"guest": app.test_client()}
    clients |= {who: login(app.test_client(), person) for who, person in people.items()}
    methods = {rule.endpoint: allowed for rule, allowed, _audience in routes(app)}
    let_in = []
    for endpoint, (address, refused) in REFUSED.items():
        for method in methods[endpoint]:
            for who in refused:
                if (endpoint, method) in ALLOWED:
                    continue
                answer = clients[who].open(address.format(**names), method=method)
                sent = who == "guest" and "/anmelden" in (answer.location or "")
                if answer.status_code not in (403, 404) and not sent:
                    let_in.append((who, method, endpoint, answer.status_code))
    assert let_in == []


def test_the_addresses_of_this_world_exist(app, world, login, make_user):
    """A misspelt address would answer 404 and look like a refusal."""
    _people, names = world
    client = login(app.test_client(), make_user("admin"))
    methods = {rule.endpoint: allowed for rule, allowed, _audience in routes(app)}
    unknown = []
    for endpoint, (address, _refused) in REFUSED.items():
        if "GET" in methods[endpoint]:
            answer = client.get(address.format(**names))
            if answer.status_code not in (200, 302) and endpoint != "posts.edit":
                unknown.append((endpoint, answer.status_code))
    assert unknown == []


def test_what_belongs_to_one_municipality_is_not_reached_through_another(app, world, login):
    people, names = world
    client = login(app.test_client(), people["neighbour"])
    own = "/kommunen/nachbarort/mitglieder"
    for address in (
        f"{own}/anfragen/{names['request']}/aufnehmen",
        f"{own}/anfragen/{names['request']}/ablehnen",
        f"{own}/{names['membership']}/rolle",
        f"{own}/{names['membership']}/entfernen",
        f"{own}/einladungen/{names['invitation']}/zurueckziehen",
    ):
        assert client.post(address, data={"reason": "x", "role": "member"}).status_code == 404


def test_an_editor_cannot_invite_to_a_role_of_the_platform(app, world, login, db_session):
    people, names = world
    client = login(app.test_client(), people["editor"])
    form = {"email": "freund@example.org", "role": "moderator"}
    assert client.post(f"{names['town']}/mitglieder/einladen", data=form).status_code == 422
    form["role"] = "editor"
    extra = {"municipality_id": "2", "platform_role": "admin", "municipality_role": "admin"}
    client.post(f"{names['town']}/mitglieder/einladen", data=form | extra)
    made = db_session.query(Invitation).filter_by(email="freund@example.org").one()
    assert (made.role, made.municipality_role) == ("member", "editor")
    assert made.municipality_id == people["editor"].memberships[0].municipality_id
