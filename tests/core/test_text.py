"""Markdown becomes safe HTML."""

import re

import pytest

from kts.core.text import excerpt, plain_text, render_markdown, slugify
from tests.patience import takes_less_than


def test_headings_begin_below_the_pages_own_heading():
    assert render_markdown("# Ziel").startswith("<h2>Ziel</h2>")


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="https://example.org" onclick="alert(1)">x</a>',
        '<svg><a xlink:href="javascript:alert(1)">x</a></svg>',
        "<style>body{display:none}</style>",
        '<p style="position:fixed">x</p>',
        '<iframe src="https://example.org"></iframe>',
        "<math><mtext><script>alert(1)</script></mtext></math>",
    ],
)
def test_nothing_that_could_run_survives(source):
    rendered = render_markdown(source)
    for bad in ("script", "onerror", "onclick", "javascript:", "data:", "style", "iframe", "svg"):
        assert bad not in rendered.lower().replace("&lt;", "")


def test_tables_footnotes_tasks_and_code_are_kept():
    rendered = render_markdown(
        "| a | b |\n|---|---|\n| 1 | 2 |\n\nSatz[^1].\n\n[^1]: Fußnote\n\n- [x] fertig\n\n"
        "```python\nprint(1)\n```\n"
    )
    for part in ("<table>", 'class="footnote"', 'type="checkbox"', "language-python"):
        assert part in rendered


def test_outside_links_pass_nothing_on():
    assert 'rel="nofollow noopener noreferrer"' in render_markdown("https://example.org")


def test_plain_text_keeps_words_and_blocks():
    assert plain_text("<p>Ein &amp; aus</p><ul><li>zwei</li></ul>") == "Ein & aus\nzwei"


def test_an_excerpt_ends_at_a_word():
    assert excerpt("Eine lange Straße in der Stadt", 14) == "Eine lange …"
    assert excerpt("kurz", 14) == "kurz"


def test_slugs_spell_umlauts_out_and_are_never_empty():
    assert slugify("Münster (Westf.)") == "muenster-westf"
    assert slugify("???") == "x"


def test_footnotes_of_two_texts_on_one_page_do_not_collide():
    one = render_markdown("Satz[^1].\n\n[^1]: Eins")
    two = render_markdown("Satz[^1].\n\n[^1]: Zwei")
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for text, own in zip((one, two), ids, strict=True):
        assert set(re.findall(r'href="#([^"]+)"', text)) <= own


def test_nothing_of_one_text_reaches_the_next():
    render_markdown("[Ort]: https://example.org/geheim\n\nSatz[^a].\n\n[^a]: Fußnote")
    assert "geheim" not in render_markdown("[Ort]")
    assert "Fußnote" not in render_markdown("Satz[^a].")


PARAGRAPH_LENGTH = 40_000


@pytest.mark.parametrize(
    "piece", ["[", "[a](", "![", "*_`[", "<a ", "[^1]", "1. ", "> ", "*a ", "(", "`a``", "- a\n"]
)
def test_no_text_takes_long_to_render(piece):
    with takes_less_than(5):
        rendered = render_markdown(piece * (PARAGRAPH_LENGTH // len(piece)) + "\n\n[^1]: a")
    assert rendered


def test_ordinary_brackets_stay_links_in_a_long_text():
    text = "Siehe [Seite 3](https://example.org/a_(b)) (auch [dort][1]); x < y.\n" * 400
    assert render_markdown(text).count("<a ") == 400


def test_what_is_shown_as_written_runs_nothing():
    assert "<script" not in render_markdown("<script>alert(1)</script>" + "[" * 40_000)


def test_a_text_that_is_nested_beyond_reason_is_shown_as_written_and_spoils_no_other():
    before = render_markdown("Eins\n\nzwei")
    assert render_markdown("1. " * 5000) == f"<pre>{'1. ' * 5000}</pre>"
    assert render_markdown("Eins\n\nzwei") == before


def test_the_box_of_a_task_is_labelled_with_its_words_and_nothing_more():
    rendered = render_markdown(
        "- [x] **Beschluss** liegt vor\n    - [ ] im Amtsblatt\n- [ ] Vertrag"
    )
    labels = re.findall(r"<label><input type=\"checkbox\"[^>]*>(.*?)</label>", rendered)
    assert labels == [" <strong>Beschluss</strong> liegt vor", " im Amtsblatt", " Vertrag"]
    assert rendered.count("<label") == 3
    assert "<label" not in render_markdown("Eine Liste:\n\n- ohne Kästchen")
