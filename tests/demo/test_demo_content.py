"""The sample content as it lies in the package: made up, marked, consistent."""

from kts.demo import content, files
from kts.demo.blocks import Paragraph, blocks
from kts.forum.models import KINDS, POSTS_PER_PAGE
from kts.municipalities.names import fold
from kts.municipalities.register import read
from kts.municipalities.services.topics import FIRST_TOPICS

DOCUMENTS = content.read("documents")["document"]
PLACES = content.read("municipalities")["municipality"]
PEOPLE = content.read("people")
THREADS = list(content.threads())
ROOMS = {room["name"]: room for room in content.read("categories")["category"]}
VERSIONS = [version for document in DOCUMENTS for version in document["version"]]


def test_there_is_enough_that_every_page_shows_life():
    assert len(PLACES) == 12
    assert len(DOCUMENTS) == 8
    assert len(THREADS) == 45
    assert {thread["kind"] for thread in THREADS} == set(KINDS)
    assert max(len(thread["posts"]) for thread in THREADS) > POSTS_PER_PAGE
    assert len(PEOPLE["person"]) == 15
    assert sum(len(thread["posts"]) == 1 for thread in THREADS) >= 2
    assert {place["kind"] for place in PLACES} == {
        "town",
        "municipality",
        "district",
        "cooperation",
    }


def test_no_sample_place_has_a_name_of_the_official_register(shared):
    register = read(next((shared / "data").glob("GV100AD_*.txt")))
    official = {fold(entry.name) for entry in register.entries}
    official |= {fold(entry.full_name) for entry in register.entries}
    assert len(official) > 9_000
    assert {fold(place["name"]) for place in PLACES} & official == set()


def test_every_document_begins_by_saying_that_it_is_made_up():
    for version in VERSIONS:
        first = next(blocks(content.text_of(version["source"])))
        assert isinstance(first, Paragraph), version["source"]
        assert first.text.startswith("*Erfundenes Beispiel:"), version["source"]


def test_every_address_is_reserved_for_examples():
    mails = [person["email"] for person in PEOPLE["person"]]
    mails += [contact[1] for place in PLACES for contact in place["contacts"]]
    assert len(mails) > 25
    for mail in mails:
        host = mail.partition("@")[2]
        assert host == "example.org" or host.endswith(".example.org"), mail
    for place in PLACES:
        assert place.get("website", "https://x.example.org").endswith(".example.org")


def test_every_phone_number_is_one_of_those_kept_free_for_films():
    for place in PLACES:
        for _office, _mail, phone in place["contacts"]:
            assert phone == "" or phone.startswith("030 23125 "), phone


def test_the_printed_sign_ins_are_the_ones_that_exist():
    with_sign_in = {person["email"] for person in PEOPLE["person"] if person.get("sign_in")}
    assert {email for email, _role in content.SIGN_INS} == with_sign_in


def test_the_files_name_only_what_exists():
    topics = {name for name, _english in FIRST_TOPICS}
    places = {place["key"] for place in PLACES}
    people = {person["key"] for person in PEOPLE["person"]}
    for entry in (*PLACES, *DOCUMENTS, *THREADS):
        assert set(entry.get("topics", ())) <= topics, entry
    for entry in (*DOCUMENTS, *(t for t in THREADS if "municipality" in t)):
        assert entry["municipality"] in places
    for thread in THREADS:
        assert thread["category"] in ROOMS
        assert {author for author, _hours, _text in thread["posts"]} <= people
    keys = [thread["key"] for thread in THREADS]
    assert len(keys) == len(set(keys))


def test_a_group_thread_is_written_by_members_of_the_group_only():
    groups = {g["key"]: {g["coordinator"], *g["members"]} for g in PEOPLE["group"]}
    moderators = {p["key"] for p in PEOPLE["person"] if p.get("role") in ("moderator", "admin")}
    for thread in THREADS:
        kind, _, key = ROOMS[thread["category"]]["visibility"].partition(":")
        if kind == "group":
            authors = {author for author, _hours, _text in thread["posts"]}
            assert authors <= groups[key] | moderators, thread["key"]


def test_a_link_leads_to_a_chapter_that_the_readers_of_the_thread_may_see():
    documents = {document["key"]: document for document in DOCUMENTS}
    wider = {"public": {"public"}, "members": {"public", "members"}}
    found = 0
    for thread in THREADS:
        room = ROOMS[thread["category"]]["visibility"]
        for _author, _hours, text in thread["posts"]:
            for key, chapter in content.PAGE_LINK.findall(text):
                document = documents[key]
                source = content.text_of(document["version"][-1]["source"])
                assert f"# {chapter}\n" in source, (thread["key"], chapter)
                seen = wider.get(room, {"public", "members", room})
                assert document.get("visibility", "public") in seen, thread["key"]
                found += 1
    assert found > 20


def test_no_post_is_written_in_the_future_or_before_the_document_that_it_links():
    published = {document["key"]: document["version"][-1]["days"] for document in DOCUMENTS}
    joined = {person["key"]: person["days"] for person in PEOPLE["person"]}
    for thread in THREADS:
        days = thread["days"]
        for author, hours, text in thread["posts"]:
            days -= hours / 24
            assert 0 < days < 70, thread["key"]
            assert days < joined[author], (thread["key"], author)
            for key, _chapter in content.PAGE_LINK.findall(text):
                assert days < published[key] - 1, (thread["key"], key)


def test_each_format_is_made_as_what_it_says():
    sheet = files.Sheet("Titel mit Umlaut: Größe", "Falkenrode", 2026)
    text = content.text_of("osterlohe-datenkatalog.md")
    assert files.make(sheet, text, "pdf").startswith(b"%PDF-")
    assert files.make(sheet, text, "docx").startswith(b"PK")
    assert files.make(sheet, text, "odt").startswith(b"PK")
    assert files.make(sheet, text, "md").decode().startswith("*Erfundenes Beispiel")
    assert {version["format"] for version in VERSIONS} == {"pdf", "docx", "odt", "md"}
