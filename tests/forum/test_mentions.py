"""Naming people in a text: who gets a name to be called by, what links, who counts as named."""

import pytest

from kts.accounts import services as accounts
from kts.accounts.models import User
from kts.core.text import RENDER_VERSION
from kts.forum import services
from kts.forum.models import Post
from kts.forum.models.mentions import PostMention
from kts.forum.services.contents import render_post


@pytest.fixture
def anna(make_user):
    return make_user(name="Anna Beispiel")


def named(session, post):
    session.expire_all()
    rows = session.query(PostMention).filter_by(post_id=post.id)
    return {session.get_one(User, row.user_id).handle for row in rows}


def text(response):
    return response.get_data(as_text=True)


LINK = '<a class="mention" href="/personen/anna-beispiel">@Anna Beispiel</a>'


def test_accounts_get_a_name_to_be_called_by_once(make_user):
    people = [make_user(name=name) for name in ("Jörg Groß", "Joerg Gross", "Jörg Groß-Meier", "ß")]
    assert [person.handle for person in people] == [
        "joerg-gross", "joerg-gross-2", "joerg-gross-meier", "ss",
    ]  # fmt: skip
    imported = make_user(name="Nur Importiert", active=False)
    assert imported.handle is None
    accounts.reactivate(people[0], imported)
    assert imported.handle == "nur-importiert"


@pytest.mark.parametrize("written", ["@anna-beispiel", "@Anna-Beispiel"])
def test_a_name_becomes_a_link(anna, written):
    assert LINK in render_post(f"Danke, {written}!")
    assert f"<strong>{LINK}</strong>" in render_post(f"**{written}**")


@pytest.mark.parametrize(
    "written",
    [
        "`@anna-beispiel`",
        "```\n@anna-beispiel\n```",
        "[mit @anna-beispiel](https://example.org)",
        "post@anna-beispiel.de",
        "https://example.org/@anna-beispiel",
        "@anna-beispielhaft",
        "@niemand",
        '<span title="@anna-beispiel">x</span>',
    ],
)
def test_what_is_no_name_stays_as_it_was_written(anna, written):
    assert 'class="mention"' not in render_post(written)


def test_a_name_is_shown_escaped_and_umlauts_lead_to_it(make_user):
    make_user(name="Müller <b>")
    assert ">@Müller &lt;b&gt;</a>" in render_post("Hallo @müller-b")


def test_the_link_leads_there_after_the_name_was_changed(
    db_session, make_thread, anna, client, login, make_user
):
    thread = make_thread(body="Danke @anna-beispiel")
    anna.name = "Anna Neu"
    db_session.commit()
    login(client, make_user())
    assert 'href="/personen/anna-beispiel"' in text(client.get(thread.path))
    assert "Anna Neu" in text(client.get("/personen/anna-beispiel"))


def test_named_people_are_noted_and_forgotten_with_the_text(
    db_session, make_thread, make_user, anna
):
    make_user(name="Bernd Beispiel")
    thread = make_thread(body="@anna-beispiel und @bernd-beispiel, @anna-beispiel")
    post = thread.last_post
    assert named(db_session, post) == {"anna-beispiel", "bernd-beispiel"}
    kept = db_session.query(PostMention).filter_by(user_id=anna.id).one().id
    services.edit_post(post.author, post, "nur @anna-beispiel", version=1)
    assert named(db_session, post) == {"anna-beispiel"}
    assert db_session.query(PostMention).one().id == kept  # so nobody is told a second time


def test_nobody_counts_as_named_by_herself_or_in_a_quotation(
    db_session, make_thread, make_user, anna
):
    mine = make_thread(title="Von mir", body="Ich, @anna-beispiel", author=anna)
    quoting = make_thread(title="Zitat", body="> **Frida schrieb:**\n>\n> @anna-beispiel?\n\nJa.")
    assert LINK in quoting.last_post.html
    assert named(db_session, mine.last_post) | named(db_session, quoting.last_post) == set()


def test_only_who_may_see_the_thread_counts_as_named(
    db_session, make_thread, make_user, make_group, make_category, anna
):
    group = make_group()
    make_user(name="Gerd Gruppe", groups=[group])
    make_user("moderator", name="Mona Moderation")
    make_user(name="Ines Inaktiv", active=False)
    room = make_category("Gruppenraum", visibility=group.token)
    everyone = "@anna-beispiel @gerd-gruppe @mona-moderation @ines-inaktiv"
    closed = make_thread(title="Drinnen", body=everyone, category=room)
    assert named(db_session, closed.last_post) == {"gerd-gruppe", "mona-moderation"}
    open_thread = make_thread(title="Draußen", body=everyone)
    assert named(db_session, open_thread.last_post) == {
        "anna-beispiel", "gerd-gruppe", "mona-moderation",
    }  # fmt: skip
    open_thread.hidden = True
    services.add_post(anna, open_thread, "@gerd-gruppe @mona-moderation")
    last = db_session.query(Post).order_by(Post.id.desc()).first()
    assert named(db_session, last) == {"mona-moderation"}


def test_whoever_names_a_crowd_reaches_ten(db_session, make_thread, make_user):
    people = [make_user(name=f"Person {word}") for word in "abcdefghijklm"]
    thread = make_thread(body=" ".join(f"@{person.handle}" for person in people))
    assert len(named(db_session, thread.last_post)) == 10
    assert thread.last_post.render_version == RENDER_VERSION


def test_finding_people_takes_one_statement(app, db_session, make_user, query_counter):
    people = [make_user(name=f"Person {word}") for word in "abcde"]
    written = " ".join(f"@{person.handle}" for person in people)
    db_session.connection()
    with query_counter() as few:
        render_post(written.split()[0])
    with query_counter() as many:
        render_post(written)
    assert len(few) == len(many) == 1
    with query_counter() as none:
        render_post("Niemand ist genannt")
    assert none == []


def test_a_page_of_a_person_tells_only_what_the_viewer_may_know(
    client, login, make_user, make_group, make_category, make_thread, municipality
):
    group = make_group()
    gerd = make_user(name="Gerd Gruppe", groups=[group], belongs_to=[municipality])
    room = make_category("Gruppenraum", visibility=group.token)
    make_thread(title="Nur für uns", category=room, author=gerd)
    make_thread(title="Für alle", author=gerd)
    assert client.get("/personen/gerd-gruppe").status_code == 302
    login(client, make_user())
    page = text(client.get("/personen/gerd-gruppe"))
    assert "Für alle" in page
    assert "Musterstadt" in page
    assert "Nur für uns" not in page
    assert group.name not in page
    assert gerd.email not in page
    login(client, make_user(groups=[group]))
    page = text(client.get("/personen/gerd-gruppe"))
    assert "Nur für uns" in page
    assert group.name in page
    assert client.get("/personen/niemand").status_code == 404


def test_of_somebody_who_has_left_only_the_name_stays(
    client, login, make_user, make_thread, municipality
):
    left = make_user(name="Lena Fort", belongs_to=[municipality])
    make_thread(title="Von Lena", author=left)
    accounts.deactivate(left, left)
    left.shown_name = "Ehemalige Kollegin"
    login(client, make_user())
    page = text(client.get("/personen/lena-fort"))
    assert "Ehemalige Kollegin" in page
    assert "Musterstadt" not in page
    assert "Von Lena" not in page
    assert "Lena Fort" not in page


def test_a_persons_page_takes_as_many_statements_for_many_posts(
    client, login, make_user, make_thread, query_counter
):
    author = make_user(name="Viel Schreiber")
    make_thread(title="Eins", author=author)
    login(client, make_user())
    client.get("/personen/viel-schreiber")
    with query_counter() as one:
        client.get("/personen/viel-schreiber")
    make_thread(title="Zwei", author=author, answers=4)
    with query_counter() as more:
        client.get("/personen/viel-schreiber")
    assert len(more) == len(one)
