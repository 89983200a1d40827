"""What every test would do anew with the same result is done once for a test process.

The tests make some two thousand applications of the same routes and templates. Compiling these
takes longer than most tests do; nothing that a test looks at depends on it.
"""

import gc
from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from werkzeug.routing import Rule

from kts.extensions import db


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates in memory, by name and checksum of the source."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key, bucket.checksum] = bucket.code


GARBAGE = 2_000  # new objects between two looks for garbage; the usual 700 suit small programs
TEMPLATES = CompiledTemplates()
BUILDERS: dict[tuple, object] = {}


def share_templates(app: Flask) -> None:
    """Let the application take templates that another one has compiled already."""
    app.jinja_env.bytecode_cache = TEMPLATES


def share_address_builders() -> None:
    """Compile the function that builds a route's addresses once for all applications.

    Werkzeug makes it from the parsed rule alone; the rule it works for is its first argument.
    """
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True):
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in BUILDERS:
            BUILDERS[key] = compile_builder(rule, append_unknown)
        return BUILDERS[key]

    Rule._compile_builder = remembered


def write_lazily(app: Flask) -> None:
    """Leave it to the system when SQLite's files reach the disk: no test outlives a power cut."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_waiting)


def _without_waiting(connection, _record) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def look_for_garbage_seldom() -> None:
    """Let the collector pass over the modules and collected tests, which stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)
