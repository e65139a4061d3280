"""The published JSON schemas of what a run leaves behind, made from the classes themselves.

They stand in `docs/schemas`, one file a version. A change of a class that changes its schema takes a new
version in `wsim.runs.results`; the old file stays.
"""

from typing import Any

from wsim.runs.results import RECORD_SCHEMA, SUMMARY_SCHEMA, Record, RunSummary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED: dict[str, type] = {RECORD_SCHEMA: Record, SUMMARY_SCHEMA: RunSummary}


def file_name(schema: str) -> str:
    """`wsim.summary/1` is published as `summary-1.json`.

    >>> file_name("wsim.summary/1")
    'summary-1.json'
    """
    return f"{schema.removeprefix('wsim.').replace('/', '-')}.json"


def json_schema(schema: str) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of one line of `records.jsonl`, or of `summary.json`.

    Args:
        schema: a key of `PUBLISHED`.
    """
    from pydantic import TypeAdapter

    made = TypeAdapter(PUBLISHED[schema]).json_schema()
    properties = {"schema": {"const": schema}, **made.pop("properties")}
    required = ["schema", *properties.keys() - {"schema"}]
    return {
        "$schema": DIALECT,
        "$id": schema,
        **made,
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }
