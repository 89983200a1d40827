"""Measure how well search finds the judged places of a German strategy.

Imports a folder of Markdown files (one document a file, one piece a heading) into an engine and
scores a file of judged queries: nDCG@10, MRR@10 and recall@10, by kind of query, for files and for
headings, beside a plain stemmed BM25 over the same pieces. The texts are not part of the project::

    python benchmarks/relevance/measure.py [FOLDER] [QUERIES.jsonl] [--synonyms] [--misses]

A line of queries is ``{"id", "kind", "query", "relevant": [{"file", "heading", "grade"}]}``.
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import re
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from whoosh import analysis, fields, index, qparser, scoring

from kts.search import german
from kts.search.engine import IndexDocument, SearchRequest
from kts.search.engines import ENGINES, Home
from kts.search.synonyms import STARTING_GROUPS

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PUBLIC = frozenset({"public"})
DEPTH = 10
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")


def sections(path: Path):
    """Yield (heading or None, text) of a Markdown file; text before the first one has none."""
    heading, lines = None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        found = HEADING.match(line)
        if found and len(found[1]) > 1:
            yield heading, "\n".join(lines)
            heading, lines = found[2], []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


def title_of(path: Path) -> str:
    for line in path.read_text(encoding="utf-8").splitlines():
        found = HEADING.match(line)
        if found and len(found[1]) == 1:
            return found[2]
    return path.stem


def pieces(folder: Path):
    """Yield (file name, heading, IndexDocument) of every piece with text."""
    moment = datetime(2021, 1, 1, tzinfo=UTC)
    number = 0
    for file_id, path in enumerate(sorted(folder.glob("*.md")), 1):
        title = title_of(path)
        for page, (heading, text) in enumerate(sections(path), 1):
            number += 1
            yield path.name, heading, IndexDocument(
                key=f"page:{number}", kind="document", id=file_id, parent=f"document:{file_id}",
                language="de", title=title, body=text, url=f"/dokumente/{file_id}/seite/{page}",
                topics=(), municipality="", land="", visibility="public", created=moment,
                updated=moment, page=page, heading=heading or "",
            )  # fmt: skip


class Engine:
    """A registered engine over the pieces; ranks headings and files."""

    def __init__(self, rows, name: str, synonyms, database: str = "") -> None:
        self.where = {row[2].key: (row[0], row[1]) for row in rows}
        self.files = {row[2].parent: row[0] for row in rows}
        self.pages = {(row[2].parent, row[2].page): (row[0], row[1]) for row in rows}
        self.folder = tempfile.TemporaryDirectory()
        home = Home(Path(self.folder.name), database)
        self.engine = ENGINES[name](home, lambda: synonyms)
        started = time.perf_counter()
        self.engine.rebuild(row[2] for row in rows)
        self.indexing = time.perf_counter() - started

    def ask(self, query: str):
        request = SearchRequest(query, PUBLIC, limit=30, pages_per_hit=20)
        response = self.engine.search(request)
        files = [self.files[hit.parent] for hit in response.hits]
        # What a person meets going down the page: each hit's best page, then its further ones.
        first = [self.where[hit.key] for hit in response.hits]
        headings = []
        for hit in response.hits:
            headings.append(self.where[hit.key])
            headings.extend(self.pages[hit.parent, page.page] for page in hit.pages)
        return files, headings, first


class PlainBM25:
    """Stemmed BM25 over the same pieces, any word may be missing: what a simple search gives."""

    def __init__(self, rows) -> None:
        self.folder = tempfile.TemporaryDirectory()
        stop = frozenset(german.STOP_WORDS_TEXT.split())
        chain = analysis.LanguageAnalyzer("de") | analysis.StopFilter(stop, minsize=1)
        schema = fields.Schema(
            number=fields.STORED(), text=fields.TEXT(analyzer=chain, phrase=False)
        )
        self.index = index.create_in(self.folder.name, schema)
        self.rows = rows
        writer = self.index.writer()
        for number, (_file, heading, document) in enumerate(rows):
            text = f"{document.title}\n{heading or ''}\n{document.body}"
            writer.add_document(number=number, text=text)
        writer.commit()

    def ask(self, query: str):
        words = " ".join(re.findall(r"\w+", query))
        parsed = qparser.QueryParser("text", self.index.schema, group=qparser.OrGroup).parse(words)
        with self.index.searcher(weighting=scoring.BM25F()) as searcher:
            found = [hit["number"] for hit in searcher.search(parsed, limit=60)]
        headings = [self.rows[number][:2] for number in found]
        files = list(dict.fromkeys(file for file, _heading in headings))
        return files, headings, headings


def scores(ranked, grades):
    """Give nDCG@10, MRR@10 and recall@10 of a ranking."""
    ranked = list(dict.fromkeys(ranked))[:DEPTH]
    gained = sum(
        (2 ** grades.get(item, 0) - 1) / math.log2(rank + 2) for rank, item in enumerate(ranked)
    )
    ideal = sum(
        (2**grade - 1) / math.log2(rank + 2)
        for rank, grade in enumerate(sorted(grades.values(), reverse=True)[:DEPTH])
    )
    first = next((1 / (rank + 1) for rank, item in enumerate(ranked) if item in grades), 0.0)
    recall = sum(item in grades for item in ranked) / min(len(grades), DEPTH)
    return gained / ideal, first, recall


def grades_of(query, level: str):
    grades: dict = {}
    for place in query["relevant"]:
        item = place["file"] if level == "file" else (place["file"], place["heading"])
        grades[item] = max(grades.get(item, 0), place["grade"])
    return grades


def measure(system, queries, misses: bool = False):
    """Give {(level, kind): [scores of each query]} and the seconds a query took."""
    table = collections.defaultdict(list)
    started = time.perf_counter()
    for query in queries:
        files, headings, _first = system.ask(query["query"])
        for level, ranked in (("file", files), ("heading", headings)):
            found = scores(ranked, grades_of(query, level))
            table[level, query["kind"]].append(found)
            table[level, "all"].append(found)
            if misses and level == "file" and found[0] < 0.8:
                wanted = sorted(grades_of(query, level).items(), key=lambda row: -row[1])
                print(f"  {found[0]:.2f} {query['kind']}: {query['query']}")
                print(f"       got    {[name[:24] for name in ranked[:6]]}")
                print(f"       wanted {[(name[:24], grade) for name, grade in wanted[:6]]}")
    return table, (time.perf_counter() - started) / len(queries)


def show(name: str, table, seconds: float) -> None:
    kinds = list(dict.fromkeys(kind for _level, kind in table))
    kinds = ["all", *[kind for kind in kinds if kind != "all"]]
    for level in ("file", "heading"):
        print(f"\n{name}, by {level} ({seconds * 1000:.1f} ms a query)")
        print(f"  {'kind':<12}{'queries':>8}{'nDCG@10':>9}{'MRR@10':>9}{'recall@10':>11}")
        for kind in kinds:
            rows = table[level, kind]
            means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
            print(f"  {kind:<12}{len(rows):>8}{means[0]:>9.3f}{means[1]:>9.3f}{means[2]:>11.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=SHARED / "strategies" / "ulm" / "strategie-2021"
    )
    parser.add_argument("queries", nargs="?", type=Path, default=SHARED / "search-queries.jsonl")
    parser.add_argument("--engine", default="whoosh", choices=sorted(ENGINES))
    parser.add_argument(
        "--database", default="", metavar="URL", help="for postgres; its index is overwritten"
    )
    parser.add_argument("--synonyms", action="store_true", help="with the starting synonyms")
    parser.add_argument("--misses", action="store_true", help="print the queries that go wrong")
    parser.add_argument("--no-baseline", action="store_true")
    options = parser.parse_args()
    if options.engine == "postgres" and not options.database:
        parser.error("--engine postgres needs --database")
    rows = list(pieces(options.folder))
    queries = [json.loads(line) for line in options.queries.read_text("utf-8").splitlines()]
    synonyms = STARTING_GROUPS if options.synonyms else ()
    system = Engine(rows, options.engine, synonyms, options.database)
    print(f"{len(rows)} pieces indexed in {system.indexing:.1f} s")
    show(options.engine, *measure(system, queries, options.misses))
    if not options.no_baseline:
        show("plain stemmed BM25", *measure(PlainBM25(rows), queries))


if __name__ == "__main__":
    main()
