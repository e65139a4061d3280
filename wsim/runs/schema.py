"""The published JSON schemas of what a run leaves behind, and of comparisons, made from the classes.

They stand in `docs/schemas`, one file a version. A change of a class that changes its schema takes a new
version in `wsim.runs.results`; the old file stays.
"""

from typing import Any

from wsim.runs.results import (
    COMPARISON_SCHEMA,
    RECORD_SCHEMA,
    SUMMARY_SCHEMA,
    Comparison,
    Record,
    RunSummary,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED: dict[str, type] = {
    RECORD_SCHEMA: Record,
    SUMMARY_SCHEMA: RunSummary,
    COMPARISON_SCHEMA: Comparison,
}


def file_name(schema: str) -> str:
    """`wsim.summary/1` is published as `summary-1.json`.

    >>> file_name("wsim.summary/1")
    'summary-1.json'
    """
    return f"{schema.removeprefix('wsim.').replace('/', '-')}.json"


def json_schema(schema: str, kind: type | None = None) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a line of `records.jsonl`, of `summary.json`, of a comparison.

    Args:
        schema: a key of `PUBLISHED`, or the name of another.
        kind: what that other one is of.
    """
    from pydantic import TypeAdapter

    made = TypeAdapter(kind or PUBLISHED[schema]).json_schema()
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
