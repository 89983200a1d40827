"""Synonyms are edited by moderators and count at the next search."""

import io

import pytest
from sqlalchemy import select

from kts.core.audit import AuditEntry
from kts.curation.services.synonyms import read_words
from kts.extensions import db
from kts.forum import services as forum
from kts.search import sync
from kts.search.models import Synonym

PAGE = "/kuratierung/synonyme"


@pytest.fixture
def moderator(client, make_user, login):
    user = make_user("moderator", name="Maria Muster")
    login(client, user)
    return user


@pytest.fixture
def group(db_session):
    group = Synonym(words="Fahrradverleih, Bikesharing")
    db_session.add(group)
    db_session.commit()
    return group


def groups():
    db.session.rollback()
    return sorted(db.session.scalars(select(Synonym.words)))


def test_synonyms_are_for_moderators(app, make_user, login, group):
    guest, member = app.test_client(), login(app.test_client(), make_user())
    moderator = login(app.test_client(), make_user("moderator"))
    for path in (PAGE, f"{PAGE}/neu", f"{PAGE}/{group.id}", f"{PAGE}/tabelle.csv"):
        assert guest.get(path).status_code == 302
        assert member.get(path).status_code == 403
        assert moderator.get(path).status_code == 200
    for path in (f"{PAGE}/neu", f"{PAGE}/{group.id}", f"{PAGE}/{group.id}/loeschen"):
        assert member.post(path, data={"words": "a1, b1"}).status_code == 403
    assert groups() == ["Fahrradverleih, Bikesharing"]


def test_a_new_group_counts_at_the_next_search(client, app, moderator):
    category = forum.create_category(None, "Offen", visibility="public")
    thread = forum.create_thread(moderator, category, "Leihräder", "Wer hat Leihräder?")
    db.session.commit()
    sync.rebuild()
    guest = app.test_client()
    asked = "/suche?q=Stadtvelo"
    assert thread.path not in guest.get(asked).text
    words = "Stadtvelo\nLeihräder\n"
    answer = client.post(f"{PAGE}/neu", data={"words": words, "asked": "Stadtvelo"})
    assert answer.status_code == 303
    assert answer.location.startswith("/kuratierung/suche/anfrage")
    assert thread.path in client.get(answer.location).text  # what it finds now
    assert thread.path in guest.get(asked).text
    group = db.session.scalar(select(Synonym))
    client.post(f"{PAGE}/{group.id}/loeschen")
    assert thread.path not in guest.get(asked).text


def test_a_change_tells_hits_before_and_after(client, moderator, group):
    category = forum.create_category(None, "Offen", visibility="public")
    forum.create_thread(moderator, category, "Bikesharing", "Wer hat Bikesharing?")
    db.session.commit()
    sync.rebuild()
    form = {"words": "Fahrradverleih, Bikesharing, Stadtvelo", "version": group.version}
    preview = client.post(f"{PAGE}/{group.id}", data={**form, "preview": "1"}).text
    assert "Stadtvelo" in preview
    assert groups() == ["Fahrradverleih, Bikesharing"]
    page = client.post(f"{PAGE}/{group.id}", data=form, follow_redirects=True).text
    row = page[page.index("?q=Stadtvelo") :]
    cells = row[: row.index("</tr>")]
    assert '<td class="kts-number">0</td><td class="kts-number">1</td>' in cells


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Fahrrad", "zwei verschiedene"),
        ("Fahrrad, fahrräder", "zwei verschiedene"),
        ("Fahrrad, und", "in jedem Text"),
        ("Fahrrad, !!!", "kein Wort"),
        ("Fahrrad, " + "x" * 70, "zu lang"),
        ("Fahrrad, " + "eins zwei drei vier fünf sechs", "zu lang"),
        (", ".join(f"Wort{chr(97 + n)}{chr(97 + n)}" for n in range(21)), "höchstens 20"),
    ],
)
def test_a_group_that_helps_nobody_is_refused_with_the_reason(client, moderator, text, reason):
    answer = client.post(f"{PAGE}/neu", data={"words": text})
    assert answer.status_code == 422
    assert reason in answer.text
    assert groups() == []


def test_lines_and_commas_make_the_same_group(app, db_session):
    assert read_words("a1, b1; c1") == read_words("a1\nb1\r\n c1 ") == ["a1", "b1", "c1"]


def test_words_of_another_group_are_told_and_can_be_merged(client, moderator, group):
    form = {"words": "Leihrad, Bikesharing"}
    refused = client.post(f"{PAGE}/neu", data=form)
    assert refused.status_code == 422
    assert "Fahrradverleih, Bikesharing" in refused.text
    assert groups() == ["Fahrradverleih, Bikesharing"]
    assert client.post(f"{PAGE}/neu", data={**form, "merge": "1"}).status_code == 303
    assert groups() == ["Leihrad, Bikesharing, Fahrradverleih"]


def test_words_of_another_group_can_be_kept_apart(client, moderator, group):
    client.post(f"{PAGE}/neu", data={"words": "Leihrad, Bikesharing", "keep": "1"})
    assert groups() == ["Fahrradverleih, Bikesharing", "Leihrad, Bikesharing"]


def test_two_moderators_do_not_overwrite_each_other(client, moderator, group):
    client.post(f"{PAGE}/{group.id}", data={"words": "Fahrradverleih, Mietrad", "version": 1})
    late = client.post(f"{PAGE}/{group.id}", data={"words": "Fahrradverleih, Velo", "version": 1})
    assert late.status_code == 409
    assert "Fahrradverleih, Mietrad" in late.text  # what the other wrote
    assert "Fahrradverleih, Velo</textarea>" in late.text  # what was typed is kept
    assert groups() == ["Fahrradverleih, Mietrad"]


def test_deleting_can_be_undone_once(client, moderator, group):
    answer = client.post(f"{PAGE}/{group.id}/loeschen")
    assert groups() == []
    entry = db.session.scalar(select(AuditEntry).filter_by(action="synonym.delete"))
    undo = f"{PAGE}/wiederherstellen/{entry.id}"
    assert undo in client.get(answer.location).text
    for _time in range(2):
        assert client.post(undo).status_code == 303
    assert groups() == ["Fahrradverleih, Bikesharing"]


def test_only_deletions_can_be_undone(client, moderator, group):
    client.post(f"{PAGE}/{group.id}", data={"words": "Fahrradverleih, Mietrad", "version": 1})
    entry = db.session.scalar(select(AuditEntry).filter_by(action="synonym.change"))
    assert client.post(f"{PAGE}/wiederherstellen/{entry.id}").status_code == 404
    assert client.get(f"{PAGE}?geloescht={entry.id}").status_code == 404


def test_every_change_is_in_the_log(client, moderator, group):
    client.post(f"{PAGE}/{group.id}", data={"words": "Fahrradverleih, Mietrad", "version": 1})
    entry = db.session.scalar(select(AuditEntry))
    assert (entry.action, entry.actor_name) == ("synonym.change", "Maria Muster")
    assert entry.changes == {"words": ["Fahrradverleih, Bikesharing", "Fahrradverleih, Mietrad"]}


def test_groups_are_found_whatever_the_spelling(client, moderator, group):
    db.session.add(Synonym(words="Müll, Abfall"))
    page = client.get(f"{PAGE}?q=muell").text
    assert "Müll, Abfall" in page
    assert "Bikesharing" not in page
    assert "Müll, Abfall" not in client.get(f"{PAGE}?q=xyz").text


def test_the_list_costs_a_fixed_number_of_statements(client, moderator, group, query_counter):
    client.get(PAGE)
    with query_counter() as before:
        client.get(PAGE)
    db.session.add_all(Synonym(words=f"wort{n}, anderes{n}") for n in range(200))
    db.session.commit()
    with query_counter() as after:
        client.get(f"{PAGE}?seite=2")
    assert len(after) == len(before)


def test_all_groups_can_be_taken_along(client, moderator, group):
    db.session.add(Synonym(words="-1, Minus"))
    text = client.get(f"{PAGE}/tabelle.csv").text
    assert "Fahrradverleih;Bikesharing" in text
    assert "'-1;Minus" in io.StringIO(text).read()
