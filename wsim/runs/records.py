"""`records.jsonl`: one line a reading, appended in one write, so that a crash costs at most its last line."""

import json
import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from sys import intern
from typing import Any

from wsim.errors import ExitCode, WsimError
from wsim.runs.durable import telling, write_whole
from wsim.runs.results import RECORD_SCHEMA, Record

_NOTHING: Mapping[str, Any] = {}


def newer_schema(found: object, known: str) -> bool:
    """Whether `found` is a later version of the schema `known` (`wsim.record/2` against `wsim.record/1`)."""
    name, _, version = str(found).partition("/")
    known_name, _, known_version = known.partition("/")
    return name == known_name and version.isdigit() and int(version) > int(known_version)


def made_by_newer(schema: object, path: Path) -> WsimError:
    """The error for a file that this version cannot know how to read."""
    return WsimError(
        f"made by a newer wsim: its schema is {schema}",
        where=str(path),
        remedy="update wsim, or choose another folder with --out",
    )


def record_from_json(line: Mapping[str, Any]) -> Record:
    """The record of a parsed line; `Record.to_json` undone. Words that many records share are held once."""
    fields = {name: value for name, value in line.items() if name != "schema"}
    for name in ("probe", "cluster", "status", "verdict", "reason", "at"):
        if fields.get(name):
            fields[name] = intern(fields[name])
    for name in ("metrics", "parameters"):
        fields[name] = {intern(key): value for key, value in fields.get(name, {}).items()} or _NOTHING
    return Record(**{**fields, "events": tuple(fields.get("events", ()))})


def outlined(record: Record) -> Record:
    """What a run has to know of a record to go on: whether it stands, and where its video came from."""
    return Record(
        probe=record.probe,
        probe_version=record.probe_version,
        scenario=record.scenario,
        cluster="",
        status=record.status,
        metrics=_NOTHING,
        parameters=_NOTHING,
        request=record.request,
        video=record.video,
        cached=record.cached,
        generate_s=record.generate_s,
    )


class RecordLog:
    """The append-only file of one run. The last record of a scenario is the one that counts."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Record]:
        """Every record, in the order in which they were written; a torn last line is dropped.

        Raises:
            WsimError: a line in the middle cannot be read, or a newer wsim wrote it.
        """
        return list(self)

    def __iter__(self) -> Iterator[Record]:
        """The same, one at a time."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n") and line != b"\n":
                    yield self._parse(number, line)

    def latest(self) -> dict[tuple[str, str], Record]:
        """The record that counts for every (probe, scenario)."""
        return latest(self)

    def repair(self) -> int:
        """Cut off a torn last line, so that the next record starts a line of its own. Returns bytes cut."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            last = b"".join(deque(file, maxlen=1))
        torn = 0 if last.endswith(b"\n") else len(last)
        if torn:
            with telling(self.path):
                os.truncate(self.path, self.path.stat().st_size - torn)
        return torn

    def forget(self, scenarios: Collection[str]) -> None:
        """Write the file anew without the records of these scenarios: what they were read from is gone.

        Raises:
            WsimError: the disk is full (exit code 3) or the file cannot be written to (2).
        """
        lines = self.path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if json.loads(line)["scenario"] not in scenarios]
        write_whole(self.path, b"".join(kept))

    def append(self, record: Record) -> None:
        """Add one line, with a single write, and wait until it is on the disk.

        Raises:
            WsimError: the disk is full (exit code 3) or the file cannot be written to (2).
            ValueError: the record holds a number that is not finite.
        """
        line = json.dumps(record.to_json(), allow_nan=False, separators=(",", ":")).encode() + b"\n"
        with telling(self.path):
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                written = os.write(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        if written != len(line):
            raise WsimError(
                f"the disk is full: {written} of {len(line)} bytes of a record were written",
                where=str(self.path),
                remedy="make room, then give the same command again; the torn line will be dropped",
                exit_code=ExitCode.INCOMPLETE,
            )

    def _parse(self, number: int, line: bytes) -> Record:
        try:
            parsed = json.loads(line)
            schema = parsed["schema"]
            if not newer_schema(schema, RECORD_SCHEMA):
                return record_from_json(parsed)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WsimError(
                f"line {number} is damaged: {error}",
                where=str(self.path),
                remedy="remove that line; its scenario will be measured again",
            ) from error
        raise made_by_newer(schema, self.path)


def latest(records: Iterable[Record]) -> dict[tuple[str, str], Record]:
    """The last record of every (probe, scenario)."""
    return {(record.probe, record.scenario): record for record in records}
