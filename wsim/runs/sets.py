"""The two sets of a run that are compared as sets: what was generated, and the lawful renders of the same.

Lawful renders are known by the digests of their pixels. Those digests are kept in the cache of all runs by
the source that rendered them, so the second model that is measured costs no rendering.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wsim.contracts import Probe, Scenario, digest_of
from wsim.runs import provenance
from wsim.runs.durable import make_folder, write_whole
from wsim.runs.manifest import Manifest
from wsim.runs.results import Record
from wsim.runs.store import VideoStore, cache_folder, shared_cache

LAWFUL_SCHEMA = "wsim.lawful/1"


@dataclass(frozen=True, slots=True)
class Lawful:
    """A lawful render, by digests: of its pixels and of the request that it answers."""

    scenario: str
    request: str
    pixels: str
    frames: int
    fps: float


@dataclass(frozen=True, slots=True)
class Generated:
    """A stored video: the digest of its pixels, its key in the store, and what it was made from.

    `text` are the words, `given` the places of the frames that the model was shown.
    """

    pixels: str
    key: str
    frames: int
    text: str | None
    given: tuple[int, ...] = ()


class LawfulIndex:
    """What is known of the lawful renders of one probe, as its source renders them today.

    Args:
        probe: whose scenarios.
        manifest: of the run: its track, clip and seed.
    """

    def __init__(self, probe: Probe, manifest: Manifest) -> None:
        key = digest_of({
            "schema": LAWFUL_SCHEMA, "probe": probe.name, "code": provenance.code_digest(probe),
            "track": manifest.track, "clip": str(manifest.clip), "seed": manifest.seed,
        })  # fmt: skip
        self.path = cache_folder() / "features" / "lawful" / f"{key}.json"
        self._far = shared_cache()
        if self._far:
            self._far.bring(self.path)
        self.known = {one.scenario: one for one in _read(self.path)}  # in the order of the plan

    def of(self, scenario: Scenario) -> Lawful:
        """The lawful render of a scenario, rendered if it is not known."""
        one = self.known.get(scenario.id)
        if one is None or one.request != scenario.request.digest:
            video = scenario.truth.video
            one = Lawful(scenario.id, scenario.request.digest, video.digest, len(video), float(video.fps))
            self.known[scenario.id] = one
        return one

    def save(self) -> None:
        """Keep what is known.

        Raises:
            WsimError: the disk is full or the cache cannot be written to.
        """
        make_folder(self.path.parent)
        content = {"schema": LAWFUL_SCHEMA, "lawful": [asdict(one) for one in self.known.values()]}
        write_whole(self.path, json.dumps(content, indent=0) + "\n")
        if self._far:
            self._far.send(self.path)


def generated(store: VideoStore, records: Sequence[Record]) -> dict[str, Generated]:
    """The stored videos, by scenario; those that are missing are not in it.

    The request goes with the pixels: the same black clip may answer many questions.
    """
    there: dict[tuple[str, str], Generated] = {}
    for key in store.keys():  # noqa: SIM118 - a store is no mapping
        told = store.description(key)
        if "request" in told:
            asked = digest_of({"schema": "wsim.request/1", **told["request"]})
            given = tuple((told["request"]["context"] or {}).get("indices", ()))
            found = Generated(told["pixels"], key, told["frames"], told["request"]["text"], given)
            there[asked, found.pixels] = found
    return {
        record.scenario: there[record.request, record.video]
        for record in records
        if record.request and record.video and (record.request, record.video) in there
    }


def fits(one: Lawful | None, record: Record | None, manifest: Manifest) -> bool:
    """Whether a lawful render answers what the record's video answered, and is as long as the run's clips.

    A question that is posed otherwise today has another render, which the video was never asked for.
    """
    if one is None or record is None or one.request != record.request:
        return False
    return (one.frames, one.fps) == (manifest.clip.num_frames, manifest.clip.fps)


def comparable(index: LawfulIndex, records: Sequence[Record], manifest: Manifest) -> list[Record]:
    """The records that have a lawful render beside them, in the order of the plan."""
    mine = {record.scenario: record for record in records}
    return [mine[name] for name, one in index.known.items() if fits(one, mine.get(name), manifest)]


def _read(path: Path) -> list[Lawful]:
    """What is there; a damaged index only costs the time to render again."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return [Lawful(**one) for one in content["lawful"]]
    return []
