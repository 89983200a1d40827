"""Whoever a policy does not name is refused, at every address that asks one.

One small world, one line an endpoint: its address there, and who is refused. A new route with the
rule ``policy`` needs its line here.
"""

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import (
    GroupJoinRequest,
    GroupMembership,
    Invitation,
    MembershipRequest,
)
from kts.core import shelf_life
from kts.core.clock import now
from kts.curation.distilling import services as distilling
from kts.curation.dossiers import services as dossiers
from kts.curation.reviewing import services as reviewing
from kts.documents.corrections import suggest_correction
from kts.documents.models import Document, DocumentVersion
from kts.forum import services as forum
from kts.forum.services import kinds
from kts.municipalities.models import ModelProject, Municipality
from tests.architecture.test_routes import routes

ALL = ("guest", "member", "neighbour")  # the neighbour is an editor, of another municipality
GUEST = ("guest",)
NOT_NAMED = (*ALL, "editor", "coordinator")

REFUSED = {
    "accounts.withdraw_invitation": ("/einladung/{invitation}/zurueckziehen", ALL),
    "contributing.answer": ("/mitwirkung/{contributor}", NOT_NAMED),
    "contributing.withdraw": ("/mitwirkung/{contributor}/name-zuruecknehmen", NOT_NAMED),
    "distilling.ask": ("/kuratierung/wissen/{distillate}/fragen", NOT_NAMED),
    "distilling.bring_back": ("/kuratierung/wissen/{distillate}/zurueckholen", NOT_NAMED),
    "distilling.decide_wording": (
        "/kuratierung/wissen/{distillate}/wortlaut/{contributor}/uebernehmen",
        NOT_NAMED,
    ),
    "distilling.drop": ("/kuratierung/wissen/{distillate}/verwerfen", NOT_NAMED),
    "distilling.edit": ("/kuratierung/wissen/{distillate}", NOT_NAMED),
    "distilling.index": ("/kuratierung/wissen", ("guest", "member", "coordinator")),
    "distilling.posts": ("/kuratierung/wissen/{distillate}/beitraege", NOT_NAMED),
    "distilling.publish": ("/kuratierung/wissen/{distillate}/veroeffentlichen", NOT_NAMED),
    "distilling.remove_name": (
        "/kuratierung/wissen/{distillate}/namen/{contributor}/entfernen",
        NOT_NAMED,
    ),
    "distilling.show_preview": ("/kuratierung/wissen/{distillate}/vorschau", NOT_NAMED),
    "distilling.start": ("{question}/wissen", NOT_NAMED),
    "documents.answer_correction": ("{document}/korrektur/{correction}", ALL),
    "documents.create": ("/dokumente/neu", ("guest", "member")),
    "documents.delete": ("{document}/loeschen", ALL),
    "documents.edit": ("{document}/bearbeiten", ALL),
    "documents.edit_version": ("{document}/fassung/1/bearbeiten", ALL),
    "documents.hide": ("{document}/ausblenden", (*ALL, "editor")),
    "documents.new_version": ("{document}/neue-fassung", ALL),
    "documents.progress": ("{document}/stand", ALL),
    "documents.retry": ("{document}/erneut", ALL),
    "documents.unhide": ("{document}/einblenden", (*ALL, "editor")),
    "dossiers.add": ("/dossiers/{dossier}/teile", NOT_NAMED),
    "dossiers.arrange": ("/dossiers/{dossier}/reihenfolge", NOT_NAMED),
    "dossiers.bring_back_draft": ("/dossiers/{dossier}/entwurf/zurueckholen", NOT_NAMED),
    "dossiers.change": ("/dossiers/{dossier}/teile/{part}", NOT_NAMED),
    "dossiers.choose_cover": ("/dossiers/{dossier}/titelbild", NOT_NAMED),
    "dossiers.draft": ("/dossiers/{dossier}-x/entwurf", NOT_NAMED),
    "dossiers.edit": ("/dossiers/{dossier}/bearbeiten", NOT_NAMED),
    "dossiers.put_back": ("/dossiers/{dossier}/teile/{part}/zurueckholen", NOT_NAMED),
    "dossiers.remove": ("/dossiers/{dossier}/teile/{part}/entfernen", NOT_NAMED),
    "dossiers.restore_version": ("/dossiers/{dossier}/version/1/wiederherstellen", NOT_NAMED),
    "dossiers.settle_suggestion": ("/dossiers/{dossier}/vorschlaege/verwerfen", NOT_NAMED),
    "dossiers.suggest": ("/dossiers/{dossier}/vorschlaege", NOT_NAMED),
    "dossiers.undismiss": ("/dossiers/{dossier}/vorschlaege/thread/1/wieder", NOT_NAMED),
    "forum.area": ("/forum/bereiche/{category}", (*ALL, "editor", "coordinator")),
    "forum.order": ("/forum/bereiche/{category}/hoch", (*ALL, "editor", "coordinator")),
    "groups.create": ("/gruppen/neu", (*ALL, "editor", "coordinator")),
    "group_rooms.change": ("/gruppen/{group}/bereiche/{room}", (*ALL, "editor")),
    "group_rooms.index": ("/gruppen/{group}/bereiche", (*ALL, "editor")),
    "groups.approve": ("/gruppen/{group}/anfragen/{asked}/aufnehmen", (*ALL, "editor")),
    "groups.archive": ("/gruppen/{group}/archivieren", (*ALL, "editor", "coordinator")),
    "groups.change": ("/gruppen/{group}/bearbeiten", (*ALL, "editor")),
    "groups.coordinate": (
        "/gruppen/{group}/mitglieder/{takes_part}/koordination",
        (*ALL, "editor"),
    ),
    "groups.decline": ("/gruppen/{group}/anfragen/{asked}/ablehnen", (*ALL, "editor")),
    "groups.join": ("/gruppen/{group}/beitreten", (*ALL, "editor")),
    "groups.leave": ("/gruppen/{group}/verlassen", (*ALL, "editor", "moderator")),
    "groups.remove": ("/gruppen/{group}/mitglieder/{takes_part}/entfernen", (*ALL, "editor")),
    "handovers.answer": ("/uebergaben/{handover}/annehmen", (*ALL, "editor", "moderator")),
    "handovers.offer": ("{town}/mitglieder/{membership}/uebergabe", ALL),
    "handovers.show": ("/uebergaben/{handover}", ALL),
    "leaving.shown_name": ("/personen/{left}/anzeigename", (*ALL, "editor", "coordinator")),
    "groups.show": ("/gruppen/{group}", (*ALL, "editor")),
    "home.edit_page": ("/seiten/impressum/bearbeiten", (*ALL, "editor", "moderator")),
    "keeping.choose_successor": ("/haltbarkeit/{kept}/nachfolge", ALL),
    "keeping.confirm": ("/haltbarkeit/{kept}/bestaetigen", ALL),
    "keeping.doubt": ("/haltbarkeit/{kept}/veraltet", ALL),
    "keeping.hand_on": ("/haltbarkeit/{kept}/uebergeben", ALL),
    "keeping.leave": ("/haltbarkeit/{kept}/abgeben", ALL),
    "keeping.name_successor": ("/haltbarkeit/{kept}/nachfolge", ALL),
    "keeping.show": ("/haltbarkeit/{kept}", ALL),
    "keeping.undo": ("/haltbarkeit/{kept}/zurueck/{confirmed}", NOT_NAMED),
    "kinds.accept": ("/beitrag/{answer}/annehmen", ALL),
    "kinds.change": ("{question}/art", ALL),
    "kinds.close_poll": ("{poll}/umfrage-beenden", ALL),
    "kinds.edit_poll": ("{poll}/umfrage", ALL),
    "kinds.experience": ("{experience}/erfahrung", ALL),
    "kinds.share": ("{question}/haben-wir-auch", GUEST),
    "kinds.unaccept": ("/beitrag/{answer}/annahme-zuruecknehmen", ALL),
    "kinds.unshare": ("{question}/haben-wir-nicht-mehr", GUEST),
    "kinds.vote": ("{poll}/abstimmen", GUEST),
    "kinds.withdraw": ("{poll}/stimme-zuruecknehmen", GUEST),
    "marks.item": ("{town}/leseliste/1/erledigt", ALL),
    "marks.reading_list": ("{town}/leseliste", ALL),
    "marks.recommend": ("{town}/leseliste", ALL),
    "members.approve": ("{town}/mitglieder/anfragen/{request}/aufnehmen", ALL),
    "members.decline": ("{town}/mitglieder/anfragen/{request}/ablehnen", ALL),
    "members.index": ("{town}/mitglieder", ALL),
    "members.invite": ("{town}/mitglieder/einladen", ALL),
    "members.remove": ("{town}/mitglieder/{membership}/entfernen", ALL),
    "members.role": ("{town}/mitglieder/{membership}/rolle", ALL),
    "members.withdraw": ("{town}/mitglieder/einladungen/{invitation}/zurueckziehen", ALL),
    "moderation.accept": (
        "/thema/{thread_id}/moderation/{act}/annehmen",
        (*ALL, "editor", "coordinator"),
    ),
    "moderation.decline": (
        "/thema/{thread_id}/moderation/{act}/ablehnen",
        (*ALL, "editor", "coordinator"),
    ),
    "moderation.merge": ("{thread}/moderation/zusammenfuehren", (*ALL, "editor", "coordinator")),
    "moderation.post": ("/beitrag/{post}/moderation", (*ALL, "editor", "coordinator")),
    "moderation.split": ("{thread}/moderation/aufteilen", (*ALL, "editor", "coordinator")),
    "moderation.undo": (
        "/thema/{thread_id}/moderation/{act}/rueckgaengig",
        (*ALL, "editor", "coordinator"),
    ),
    "moderation.thread": ("{thread}/moderation", (*ALL, "editor", "coordinator")),
    "municipalities.edit": ("{town}/bearbeiten", ALL),
    "municipalities.history": ("{town}/verlauf", ALL),
    "municipalities.preview": ("{town}/vorschau", ALL),
    "posts.delete": ("/beitrag/{post}/loeschen", (*ALL, "editor", "moderator")),
    "posts.edit": ("/beitrag/{post}/bearbeiten", (*ALL, "editor", "moderator")),
    "posts.restore": ("/beitrag/{post}/verlauf/1/wiederherstellen", (*ALL, "editor")),
    "posts.undelete": ("/beitrag/{post}/zurueckholen", (*ALL, "editor", "moderator")),
    "projects.operating": ("/programm/projekte/{project}/betrieb", ALL),
    "projects.undo_operating_told": ("/programm/projekte/{project}/betrieb/zurueck/1", ALL),
    "projects.edit": ("/programm/projekte/{project}/bearbeiten", (*ALL, "editor")),
    "submissions.show": ("/meine/einreichungen/{review}", ALL),
    "submissions.withdraw": ("/meine/einreichungen/{review}/zurueckziehen", (*ALL, "moderator")),
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
    "clicks.click": "counts only what the person's own search shows, from this site's pages",
    "confirming.answer": "the signature of the link; opening it confirms nothing",
    "home.report_barrier": "BITV 2.0 wants it open",
    "mails.change": "the signature of the link; opening it changes nothing",
    "newsletter.confirm": "the signature of the link; opening it confirms nothing",
    "newsletter.end": "the signature of the link; opening it ends nothing",
    "newsletter.subscribe": "anybody may ask; nothing is sent before the mailbox has confirmed",
    "newsletter.undo": "the signature of what was ended a moment ago",
    "reports.create": "Art. 16 of the Digital Services Act wants it open",
    "reports.find": "the number and the address together",
    "reports.object_to": "the signature of the link",
    "requests.ask": "asks for an account",
    "statements.object_to": "the signature of the link",
}
#: What even an administrator is refused here: it belongs to one person, or wants an invitation.
OF_ONE_PERSON = {
    "contributing.answer",
    "groups.join",
    "groups.leave",
    "kinds.experience",
    "marks.reading_list",
    "posts.edit",
    "submissions.show",
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
    asked = GroupJoinRequest(user_id=make_user().id, group_id=group.id)
    left = make_user(active=False)
    handover = accounts.offer_handover(
        people["editor"], people["editor"].memberships[0], successor=make_user(belongs_to=[town])
    )
    room = forum.create_category(None, "Raum", visibility=group.token)
    db_session.add(asked)
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
    db_session.flush()
    waiting = DocumentVersion(
        **{"document_id": document.id, "number": 2, "blob_key": "1" * 64, "size": 1},
        **{"filename": "b.pdf", "format": "pdf", "extraction_state": "done", "released": False},
    )
    db_session.add(waiting)
    db_session.flush()
    review = reviewing.submit_document(people["editor"], waiting)
    correction = suggest_correction(people["member"], document, "Das Jahr ist 2021.")
    dossier = dossiers.create_dossier(people["moderator"], "Dossier")
    part = dossiers.add_text(people["moderator"], dossier, "Ein Text.")
    dossiers.publish_dossier(people["moderator"], dossier)
    accounts.invite(people["editor"], "neu@example.org", municipality=town)
    accounts.request_membership(name="N", email="n@example.org", message="", municipality=town)
    category = forum.create_category(None, "Fragen", visibility="public")
    thread = forum.create_thread(people["moderator"], category, "Frage", "Text")
    post = thread.last_post_id
    lock = forum.lock_thread(people["moderator"], thread, "fertig")
    posts_author = make_user()
    asker = make_user()
    poll, experience, question = (
        kinds.open_thread(asker, category, "Frage", "Text", details)
        for details in (
            kinds.Details("poll", poll=kinds.PollSettings(["Ja", "Nein"])),
            kinds.Details("experience", experience={"failed": "Alles"}),
            kinds.Details("question"),
        )
    )
    answer = forum.add_post(people["moderator"], question, "Antwort")
    kept = shelf_life.put(
        "document", shelf_life.Fact(document.id, "document.strategy", now(), None, town.id)
    )
    confirmed = shelf_life.confirm(people["moderator"], kept, kept.version)
    distillate = distilling.begin(people["moderator"], question, "factsheet", [answer])
    db_session.get_one(type(thread.last_post), post).author_id = posts_author.id
    db_session.commit()
    return people, {
        "town": town.path,
        "document": document.path,
        "correction": correction.id,
        "distillate": distillate.id,
        "contributor": distillate.contributors[0].id,
        "dossier": dossier.id,
        "review": review.id,
        "part": part.id,
        "kept": kept.id,
        "confirmed": confirmed.id,
        "thread": thread.path,
        "thread_id": thread.id,
        "act": lock.id,
        "poll": poll.path,
        "experience": experience.path,
        "question": question.path,
        "answer": answer.id,
        "post": post,
        "category": category.slug,
        "group": group.slug,
        "asked": asked.id,
        "left": left.id,
        "handover": handover.id,
        "room": room.slug,
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
            if answer.status_code not in (200, 302) and endpoint not in OF_ONE_PERSON:
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
