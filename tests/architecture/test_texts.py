"""Every text that people read reaches the catalogue."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRANSLATE = {"_", "_l", "gettext", "lazy_gettext", "ngettext", "pgettext"}


def lost_texts(source):
    """Give the calls inside f-strings whose text is not extracted before Python 3.12."""
    return [
        ast.unparse(call)
        for joined in ast.walk(ast.parse(source))
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in TRANSLATE
    ]


def test_no_text_hides_in_an_f_string():
    found = {
        str(path.relative_to(ROOT)): lost
        for path in sorted((ROOT / "kts").rglob("*.py"))
        if (lost := lost_texts(path.read_text()))
    }
    assert found == {}
