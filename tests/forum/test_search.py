"""What the index hears of the forum."""

from kts.forum import search, services
from kts.forum.models import Post


def entries(thread):
    return list(search.load([thread.id]))


def test_each_post_is_an_entry_that_leads_to_it(make_thread, municipality):
    thread = make_thread(answers=21, municipality_id=municipality.id)
    found = entries(thread)
    assert len(found) == 22
    assert {entry.parent for entry in found} == {f"thread:{thread.id}"}
    assert found[0].body == "Wir stehen am Anfang."
    assert found[0].municipality == "musterstadt"
    assert found[0].land == "08"
    assert found[0].url == f"{thread.path}#beitrag-1"
    assert found[21].url == f"{thread.path}?seite=2#beitrag-22"
    assert found[21].key.startswith("post:")


def test_hidden_words_are_not_in_the_index(make_thread, db_session):
    thread = make_thread(answers=1)
    services.hide_post(None, db_session.query(Post).filter_by(number=2).one(), "Grund")
    assert [entry.body for entry in entries(thread)] == ["Wir stehen am Anfang."]
    services.hide_thread(None, thread, "Grund")
    db_session.commit()
    assert entries(thread) == []
    assert thread.id not in search.all_ids()


def test_the_entries_carry_the_category_s_audience(
    make_thread, make_category, make_group, category, db_session
):
    group = make_group()
    room = make_category("Werkraum", group.token)
    thread = make_thread(category=room)
    assert entries(thread)[0].visibility == group.token
    services.move_thread(None, thread, category, "Für alle nützlich")
    assert entries(thread)[0].visibility == "public"
    services.change_category(None, category, visibility="members")
    db_session.commit()
    assert entries(thread)[0].visibility == "members"


def test_a_changed_post_touches_its_thread(thread, db_session):
    post = db_session.query(Post).one()
    assert search.SOURCE.depends[Post](post) == thread.id
