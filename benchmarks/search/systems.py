"""What is measured: an engine of the platform and, beside it, what people would try first.

All get the same entries and answer the same questions under the same permission and filters, with
ten hits: those with all words first, then, where they are fewer than ten, those with any. The
others get the words without stop words, as the platform's engines drop them too. They do no more
than that: no grouping by document, no facets, no passages, no correction, no parts of compounds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from questions import LIMIT, Question

from kts.search.engine import IndexDocument
from kts.search.engines import ENGINES, Home
from kts.search.query import parse
from kts.search.synonyms import STARTING_GROUPS

RAW_SCHEMA = "kts_bench_raw"
WRITER_MEMORY = 128_000_000  # bytes, for Tantivy; as much as the platform's Whoosh writer has
FIELDS = (("title", 2.0), ("heading", 2.0), ("body", 1.0))


class System(Protocol):
    """Something that holds entries and answers questions."""

    label: str

    def write(self, entries: Iterable[IndexDocument]) -> None:
        """Hold these entries, on disk."""

    def search(self, question: Question) -> list[str]:
        """Give what the best hits are."""

    def size(self) -> int:
        """Give the bytes on disk."""

    def remove(self) -> None:
        """Leave nothing behind outside of the folder."""


def make(name: str, folder: Path, database: str) -> System:
    """Make the system of this name over what it has written before, if it has."""
    folder.mkdir(parents=True, exist_ok=True)
    if name in ENGINES:
        return Engine(name, folder, database)
    return {"fts5": Fts5, "tantivy": Tantivy, "tsvector": Tsvector}[name](folder, database)


def beside(name: str) -> list[str]:
    """Give the names of what an engine is measured beside."""
    return ["fts5", "tantivy", *(["tsvector"] if name == "postgres" else [])]


class Engine:
    """An engine of the platform, with the starting synonyms."""

    def __init__(self, name: str, folder: Path, database: str) -> None:
        self.label = {"whoosh": "Whoosh", "postgres": "PostgreSQL"}.get(name, name)
        home = Home(folder=folder, database_url=database)
        self.engine = ENGINES[name](home, lambda: STARTING_GROUPS)

    def write(self, entries: Iterable[IndexDocument]) -> None:
        """Write the index as ``kts index rebuild`` does."""
        self.engine.rebuild(entries)

    def search(self, question: Question) -> list[str]:
        """Give the keys of the hits."""
        return [hit.key for hit in self.engine.search(question.request()).hits]

    def size(self) -> int:
        """Give what the engine says of itself."""
        return self.engine.status().bytes

    def remove(self) -> None:
        """Empty the index; a database may be somebody's."""
        self.engine.rebuild(())


class Fts5:
    """SQLite's full-text index, as it comes: no stemming, umlauts folded."""

    label = "SQLite FTS5"

    def __init__(self, folder: Path, _database: str) -> None:
        self.path = folder / "fts5.sqlite3"
        self.connection = sqlite3.connect(self.path)

    def write(self, entries: Iterable[IndexDocument]) -> None:
        """Write all in one transaction."""
        self.connection.executescript("""
            CREATE VIRTUAL TABLE piece USING
                fts5(title, heading, body, tokenize = 'unicode61 remove_diacritics 2');
            CREATE TABLE meta
                (number INTEGER PRIMARY KEY, key, visibility, kind, land, year, topics);
        """)
        for number, entry in enumerate(entries, 1):
            self.connection.execute(
                "INSERT INTO piece (rowid, title, heading, body) VALUES (?, ?, ?, ?)",
                (number, entry.title, entry.heading, entry.body),
            )
            self.connection.execute(
                "INSERT INTO meta VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *_meta(entry))
            )
        self.connection.commit()

    def search(self, question: Question) -> list[str]:
        """Ask for all words, then for any."""
        words, phrases = _words(question)
        quoted = [f'"{word}"' for word in words]
        must = [f'"{phrase}"' for phrase in phrases]
        found = self._ask(" AND ".join([*quoted, *must]), question)
        if len(found) < LIMIT and len(words) > 1:
            found = self._ask(" AND ".join([f"({' OR '.join(quoted)})", *must]), question)
        return found

    def _ask(self, match: str, question: Question) -> list[str]:
        marks = ", ".join("?" * len(question.asker))
        conditions, values = _conditions(question, "?")
        rows = self.connection.execute(
            "SELECT key FROM piece JOIN meta ON number = piece.rowid"
            f" WHERE piece MATCH ? AND visibility IN ({marks}){conditions}"
            f" ORDER BY bm25(piece, 2.0, 2.0, 1.0) LIMIT {LIMIT}",
            (match, *sorted(question.asker), *values),
        )
        return [key for (key,) in rows]

    def size(self) -> int:
        """Give the size of the file."""
        return self.path.stat().st_size

    def remove(self) -> None:
        """Go with the folder."""


class Tantivy:
    """Tantivy, in Rust, with its German stemmer."""

    label = "Tantivy"

    def __init__(self, folder: Path, _database: str) -> None:
        import tantivy

        self.tantivy = tantivy
        self.folder = folder
        schema = tantivy.SchemaBuilder()
        for name, _weight in FIELDS:
            schema.add_text_field(name, tokenizer_name="german")
        for name in ("visibility", "kind", "land", "year", "topics"):
            schema.add_text_field(name, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
        self.schema = schema.build()
        self.analyser = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.stemmer("german"))
            .build()
        )
        self.index = tantivy.Index(self.schema, path=str(folder), reuse=True)
        self.index.register_tokenizer("german", self.analyser)
        self.searcher = self.index.searcher()

    def write(self, entries: Iterable[IndexDocument]) -> None:
        """Write all in one commit, merged as Tantivy sees fit."""
        writer = self.index.writer(WRITER_MEMORY)
        for entry in entries:
            key, visibility, kind, land, year, _topics = _meta(entry)
            writer.add_document(
                self.tantivy.Document(
                    title=entry.title, heading=entry.heading, body=entry.body, key=key,
                    visibility=visibility, kind=kind, land=land, year=str(year),
                    topics=list(entry.topics),
                )
            )  # fmt: skip
        writer.commit()
        writer.wait_merging_threads()

    def search(self, question: Question) -> list[str]:
        """Ask for all words, then for any."""
        words, phrases = _words(question)
        each = [self._anywhere(word) for word in words]
        kept = [*self._conditions(question), *(self._phrase(phrase) for phrase in phrases)]
        found = self._ask([*each, *kept])
        if len(found) < LIMIT and len(each) > 1:
            found = self._ask([self._any(each), *kept])
        return found

    def _anywhere(self, word: str) -> Any:
        query = self.tantivy.Query
        [term] = self.analyser.analyze(word)[:1]
        return self._any(
            [
                query.boost_query(query.term_query(self.schema, name, term, "freq"), weight)
                for name, weight in FIELDS
            ]
        )

    def _any(self, queries: list[Any]) -> Any:
        should = self.tantivy.Occur.Should
        return self.tantivy.Query.boolean_query([(should, query) for query in queries])

    def _phrase(self, phrase: str) -> Any:
        terms = self.analyser.analyze(phrase)
        query = self.tantivy.Query
        return self._any([query.phrase_query(self.schema, name, terms) for name, _w in FIELDS])

    def _conditions(self, question: Question) -> Iterator[Any]:
        query = self.tantivy.Query
        wanted = {"visibility": sorted(question.asker)}
        for name, value in question.filters.items():
            wanted[_COLUMNS[name]] = [str(value)]
        for name, values in wanted.items():
            yield query.const_score_query(query.term_set_query(self.schema, name, values), 0.0)

    def _ask(self, parts: list[Any]) -> list[str]:
        must = self.tantivy.Occur.Must
        query = self.tantivy.Query.boolean_query([(must, part) for part in parts])
        found = self.searcher.search(query, LIMIT, count=False).hits
        return [self.searcher.doc(address)["key"][0] for _score, address in found]

    def size(self) -> int:
        """Give the size of the folder."""
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def remove(self) -> None:
        """Go with the folder."""


class Tsvector:
    """PostgreSQL's own full-text search: a tsvector, a GIN index, ts_rank."""

    label = "tsvector and ts_rank"

    def __init__(self, _folder: Path, database: str) -> None:
        self.connection = _connect(database)
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {RAW_SCHEMA}")
        self.connection.execute(f"SET search_path TO {RAW_SCHEMA}")

    def write(self, entries: Iterable[IndexDocument]) -> None:
        """Copy all, then make the vectors and the index."""
        self.connection.execute("""
            CREATE TABLE piece (key text, visibility text, kind text, land text, year integer,
                                topics text, title text, heading text, body text)
        """)
        with (
            self.connection.cursor() as cursor,
            cursor.copy("COPY piece FROM STDIN") as copy,
        ):
            for entry in entries:
                copy.write_row((*_meta(entry), entry.title, entry.heading, entry.body))
        self.connection.execute("""
            ALTER TABLE piece ADD COLUMN vector tsvector GENERATED ALWAYS AS (
                setweight(to_tsvector('german', title), 'A')
                || setweight(to_tsvector('german', heading), 'A')
                || to_tsvector('german', body)) STORED
        """)
        self.connection.execute("CREATE INDEX ON piece USING gin (vector)")
        self.connection.execute("VACUUM ANALYZE piece")

    def search(self, question: Question) -> list[str]:
        """Ask for all words, then for any."""
        words, phrases = _words(question)
        found = self._ask(words, " & ", phrases, question)
        if len(found) < LIMIT and len(words) > 1:
            found = self._ask(words, " | ", phrases, question)
        return found

    def _ask(
        self, words: list[str], joined: str, phrases: list[str], question: Question
    ) -> list[str]:
        conditions, values = _conditions(question, "%s")
        conditions += " AND vector @@ phraseto_tsquery('german', %s)" * len(phrases)
        rows = self.connection.execute(
            "SELECT key FROM piece, to_tsquery('german', %s) AS asked"
            f" WHERE vector @@ asked AND visibility = ANY(%s){conditions}"
            f" ORDER BY ts_rank(vector, asked) DESC LIMIT {LIMIT}",
            (joined.join(f"'{word}'" for word in words), sorted(question.asker), *values, *phrases),
        )
        return [key for (key,) in rows]

    def size(self) -> int:
        """Give the size of the table and its index."""
        [size] = self.connection.execute("SELECT pg_total_relation_size('piece')").fetchone()
        return size

    def remove(self) -> None:
        """Drop the schema."""
        self.connection.execute(f"DROP SCHEMA {RAW_SCHEMA} CASCADE")


_COLUMNS = {"kinds": "kind", "lands": "land", "topics": "topics", "years": "year"}


def _meta(entry: IndexDocument) -> tuple[Any, ...]:
    topics = " " + " ".join(entry.topics) + " "
    return entry.key, entry.visibility, entry.kind, entry.land, entry.year, topics


def _conditions(question: Question, mark: str) -> tuple[str, list[Any]]:
    """Give the filters of a question in SQL."""
    sql, values = "", []
    for name, value in question.filters.items():
        comparison = "LIKE" if name == "topics" else "="
        sql += f" AND {_COLUMNS[name]} {comparison} {mark}"
        values.append(f"% {value} %" if name == "topics" else value)
    return sql, values


def _words(question: Question) -> tuple[list[str], list[str]]:
    """Give the content words of a question, and its phrases."""
    words = [word.text for word in parse(question.text).words]
    return words, question.text.split('"')[1::2]


def _connect(database: str) -> Any:
    import psycopg  # only for this engine

    url = database.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(url, autocommit=True)


def server_version(database: str) -> str:
    """Say which server answers."""
    with _connect(database) as connection:
        [found] = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {found}\n"


def server_memory(database: str) -> int:
    """Give the bytes that the server's processes for this database hold beside shared memory.

    It is 0 where the server runs on another machine, for nobody can look there.
    """
    total = 0
    with _connect(database) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    for (pid,) in rows:
        with suppress(OSError, StopIteration):
            total += kilobytes(Path(f"/proc/{pid}/status"), "RssAnon") * 1024
    return total


def kilobytes(status: Path, name: str) -> int:
    """Read a value of a process from Linux's ``/proc``."""
    lines = status.read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])
