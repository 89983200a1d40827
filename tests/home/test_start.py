import pytest

from kts.core.clock import now
from kts.documents.models import Document, DocumentVersion
from kts.forum.models import Category, Thread
from kts.home import programme
from kts.municipalities.models import ModelProject


@pytest.fixture
def add_thread(db_session):
    """Give a function that makes a thread for an audience."""

    def add(title, visibility="public"):
        category = db_session.query(Category).filter_by(slug=visibility.replace(":", "-")).first()
        if category is None:
            slug = visibility.replace(":", "-")
            category = Category(slug=slug, name=slug, visibility=visibility)
        thread = Thread(category=category, title=title, visibility=visibility, post_count=1)
        db_session.add(thread)
        db_session.commit()
        return thread

    return add


@pytest.fixture
def add_document(db_session):
    """Give a function that makes a readable document for an audience."""

    def add(title, visibility="public", pages=7):
        document = Document(title=title, visibility=visibility)
        db_session.add(document)
        db_session.flush()
        version = DocumentVersion(
            document_id=document.id,
            number=1,
            blob_key="0" * 64,
            filename="x.pdf",
            format="pdf",
            size=1,
            page_count=pages,
            created=now(),
        )
        db_session.add(version)
        db_session.flush()
        document.current_version_id = version.id
        db_session.commit()
        return document

    return add


def test_the_home_page_of_an_empty_site_says_what_will_be_there(client):
    page = client.get("/").text
    assert "Noch ist kein Dokument veröffentlicht." in page
    assert 'action="/suche"' in page
    assert page.count("<h1") == 1


def test_everybody_sees_only_news_that_are_for_her(
    app, client, make_user, login, add_thread, add_document, db_session
):
    from kts.accounts.models import Group

    group = Group(name="Dialogplattform", slug="dialogplattform")
    db_session.add(group)
    db_session.commit()
    for audience, name in (
        ("public", "Offen"),
        ("members", "Intern"),
        (f"group:{group.id}", "Runde"),
    ):
        add_thread(f"Thema {name}", audience)
        add_document(f"Papier {name}", audience)
    readers = {
        None: {"Offen"},
        make_user(): {"Offen", "Intern"},
        make_user(groups=[group]): {"Offen", "Intern", "Runde"},
        make_user("moderator"): {"Offen", "Intern", "Runde"},
    }
    for user, expected in readers.items():
        browser = app.test_client()
        if user:
            login(browser, user)
        page = browser.get("/").text
        for name in ("Offen", "Intern", "Runde"):
            assert (f"Thema {name}" in page) == (name in expected)
            assert (f"Papier {name}" in page) == (name in expected)


def test_the_numbers_count_what_the_viewer_can_find(client, make_user, login, add_document):
    add_document("Offen", pages=7)
    add_document("Intern", "members", pages=11)
    assert ">7</a>" in client.get("/").text
    assert ">18</a>" in login(client, make_user()).get("/").text


def test_the_home_page_takes_as_many_statements_for_many_rows_as_for_few(
    client, add_thread, add_document, query_counter
):
    def count():
        with query_counter() as statements:
            client.get("/")
        return len(statements)

    add_thread("Eins")
    add_document("Eins")
    first = count()
    for number in range(4):
        add_thread(f"Thema {number}")
        add_document(f"Papier {number}")
    assert count() == first


def test_ways_into_curation_are_only_for_moderators(app, make_user, login):
    for role, shown in (("member", False), ("moderator", True)):
        page = login(app.test_client(), make_user(role)).get("/").text
        assert ('href="/kuratierung"' in page) == shown
        assert ('href="/barrieren"' in page) == shown


def test_the_programme_tells_every_step_with_its_state_and_the_sources(client):
    page = client.get("/programm").text
    assert page.count('class="kts-timeline__step ') == len(programme.STEPS) == 8
    assert page.count("kts-timeline__step--done") == 3
    assert "820" in page
    assert "Quellen" in page


def test_the_programme_lists_projects_by_cohort(client, db_session, query_counter):
    def add(title, cohort):
        db_session.add(
            ModelProject(cohort=cohort, type="grossstadt", title=title, slug=title, land="08")
        )
        db_session.commit()

    def count():
        with query_counter() as statements:
            page = client.get("/programm").text
        return len(statements), page

    add("musterprojekt", 2019)
    first, page = count()
    assert 'href="/programm/projekte/musterprojekt"' in page
    add("zweites", 2020)
    add("drittes", 2021)
    assert count()[0] == first


@pytest.mark.parametrize("path", ["/", "/programm"])
def test_pages_are_whole_in_english_too(client, path):
    client.get("/sprache/en")
    page = client.get(path).text
    assert 'lang="en"' in page
    assert "Startseite" not in page


def test_an_error_page_says_what_happened_and_offers_the_search(client):
    response = client.get("/gibt-es-nicht")
    assert response.status_code == 404
    assert "Diese Seite gibt es nicht" in response.text
    assert 'id="error-q"' in response.text


def test_the_box_on_the_home_page_proposes_like_the_one_in_the_header(client):
    page = client.get("/").text
    assert 'hx-get="/suche/vorschlaege?box=home-q"' in page
    assert 'id="home-q-suggestions"' in page
