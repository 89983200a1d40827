"""The specification of the interface, made from the same schemas that its tests check."""

from typing import Any

from kts.api import resources
from kts.version import __version__

LISTS = {
    "municipalities": resources.MUNICIPALITY,
    "projects": resources.PROJECT,
    "documents": resources.DOCUMENT,
    "threads": resources.THREAD,
}
KINDS = ["document", "thread", "municipality", "dossier"]


def specification(server: str) -> dict[str, Any]:
    """Give the OpenAPI 3.1 description for the interface at ``server``."""
    paths: dict[str, Any] = {"/search": {"get": _search()}}
    for name, schema in LISTS.items():
        paths[f"/{name}"] = {"get": _list(name, schema)}
        paths[f"/{name}/{{id}}"] = {"get": _item(schema)}
    schemas = {schema.name: _object(schema) for schema in (*LISTS.values(), resources.HIT)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "KTS knowledge transfer",
            "version": __version__,
            "description": "Reads what the caller may see; without a session, what is public.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": f"{server.rstrip('/')}/api/v1"}],
        "paths": paths,
        "components": {"schemas": {**schemas, "Problem": _problem()}},
    }


def _object(schema: resources.Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": schema.properties,
        "required": list(schema.properties),
        "additionalProperties": False,
    }


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "RFC 9457",
        "properties": {
            "type": resources.STRING,
            "title": resources.STRING,
            "status": resources.INTEGER,
            "detail": resources.STRING,
        },
    }


def _paging(most: int) -> list[dict[str, Any]]:
    return [
        _query("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": 20}),
        _query("offset", {"type": "integer", "minimum": 0, "default": 0}),
    ]


def _query(name: str, schema: dict[str, Any], required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _reference(schema: resources.Schema) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema.name}"}


def _answers(schema: dict[str, Any], *problems: int) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers: dict[str, Any] = {
        "200": {"description": "Found", "content": {"application/json": {"schema": schema}}}
    }
    for status in problems:
        answers[str(status)] = {"description": "Refused", "content": problem}
    return answers


def _page_of(schema: resources.Schema) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "total": resources.INTEGER,
            "items": {"type": "array", "items": _reference(schema)},
        },
        "required": ["total", "items"],
    }


def _list(name: str, schema: resources.Schema) -> dict[str, Any]:
    return {
        "operationId": f"list_{name}",
        "summary": f"List {name}",
        "parameters": _paging(100),
        "responses": _answers(_page_of(schema), 400),
    }


def _item(schema: resources.Schema) -> dict[str, Any]:
    identifier = {"name": "id", "in": "path", "required": True, "schema": resources.INTEGER}
    return {
        "operationId": f"get_{schema.name.lower()}",
        "summary": f"Get one {schema.name.lower()}",
        "parameters": [identifier],
        "responses": _answers(_reference(schema), 404),
    }


def _search() -> dict[str, Any]:
    found = {
        "type": "object",
        "properties": {
            "total": resources.INTEGER,
            "took_ms": {"type": "number"},
            "hits": {"type": "array", "items": _reference(resources.HIT)},
            "facets": {"type": "object"},
            "did_you_mean": resources.STRING,
            "loosened": {"type": "boolean", "description": "some hits lack some of the words"},
            "notes": {
                "type": "array",
                "description": "operators of the query that were not followed",
                "items": {
                    "type": "object",
                    "properties": {
                        "operator": resources.STRING,
                        "value": resources.STRING,
                        "excluded": {"type": "boolean"},
                        "meant": {"type": "array", "items": resources.STRING},
                    },
                },
            },
        },
        "required": ["total", "took_ms", "hits", "facets"],
    }
    return {
        "operationId": "search",
        "summary": "Find the pages, threads and municipalities that fit",
        "parameters": [
            _query("q", resources.STRING, required=True),
            _query("kind", {"type": "string", "enum": KINDS}),
            *_paging(50),
        ],
        "responses": _answers(found, 400, 429),
    }
