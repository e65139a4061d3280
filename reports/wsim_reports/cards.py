"""One clip on a page: its players, a strip of what was given and what happened, and the facts beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from wsim.contracts import Context, Scenario
from wsim.runs.results import Record
from wsim_reports.again import command_of_clip
from wsim_reports.clips import Player
from wsim_reports.curves import name_and_unit
from wsim_reports.evidence import Exhibit
from wsim_reports.rounding import quantity
from wsim_reports.svg import percent, tag
from wsim_reports.words import in_words

NO_TIMELINE = Markup("")


@dataclass(frozen=True)
class Card:
    """One clip as the page shows it; empty strings are left out."""

    anchor: str
    heading: str
    scenario: str
    kind: str  # lawful, unlawful, missing
    mark: str
    verdict: str
    players: tuple[Player, ...] = ()
    fps: float = 1.0
    frames: int = 1
    start: int = 0
    timeline: Markup = NO_TIMELINE
    text: str = ""
    given: str = ""
    events: str = ""
    metrics: str = ""
    notes: str = ""
    seed: int | None = None
    request: str = ""
    video: str = ""
    again: str = ""
    problem: str = ""


def plain_card(folder: Path, anchor: str, exhibit: Exhibit, varied: set[str]) -> Card:
    """What the record of a clip says, without its players.

    Args:
        folder: the run, for the command that makes the clip again and reads it.
        anchor: of the card, unique on its page.
        exhibit: the clip.
        varied: parameters that tell clips apart.
    """
    record = exhibit.record
    kind, mark = ("lawful", "✓") if record.lawful else ("unlawful", "✗")
    if record.status != "ok":
        kind, mark = "missing", "–"
    return Card(
        anchor=anchor,
        heading=heading_of(record, varied),
        scenario=record.scenario,
        kind=kind,
        mark=mark,
        verdict=in_words(record.verdict or record.reason or record.status),
        metrics=", ".join(f"{in_words(k)} {v:.3g}" for k, v in sorted(record.metrics.items())),
        notes=record.notes,
        problem=exhibit.problem,
        again=command_of_clip(folder, record.scenario),
    )


def with_clip(card: Card, record: Record, scenario: Scenario, players: Sequence[Player]) -> Card:
    """The card with its players and all that the scenario knows of the clip."""
    request = scenario.request
    return replace(
        card,
        players=tuple(players),
        fps=request.fps,
        frames=request.num_frames,
        start=telling_frame(record, request.num_frames),
        timeline=_timeline(record, request.context, request.num_frames),
        text=request.text or "",
        given=_given(request.context, request.fps),
        events=_events(record, request.fps),
        seed=request.seed,
        request=record.request or "",
        video=record.video or "",
    )


def telling_frame(record: Record, num_frames: int) -> int:
    """The first event, else the last frame: where a still says most."""
    frames = [int(event["frame"]) for event in record.events]
    return min(max(min(frames, default=num_frames - 1), 0), num_frames - 1)


def heading_of(record: Record, varied: set[str]) -> str:
    """What was varied in a clip, `hidden 0.6 s, twin empty`; else which world it is."""
    named = [(name_and_unit(k), v) for k, v in sorted(record.parameters.items()) if k in varied]
    said = ", ".join(f"{label} {quantity(value, unit)}" for (label, unit), value in named)
    return said or record.cluster


def _given(context: Context | None, fps: float) -> str:
    if context is None or not context.indices:
        return ""
    first, last = context.indices[0], context.indices[-1]
    count = len(context.indices)
    if count == 1:
        return f"one frame, at {first / fps:.2f} s"
    solid = last - first + 1 == count
    return f"{count} frames, {first / fps:.2f} to {last / fps:.2f} s" + ("" if solid else ", with gaps")


def _events(record: Record, fps: float) -> str:
    said = []
    for event in record.events[:4]:
        who = ", ".join(in_words(name) for name in event.get("objects", ()))
        said.append(f"{in_words(event['kind'])}{f' ({who})' if who else ''} at {event['frame'] / fps:.2f} s")
    more = len(record.events) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


def _timeline(record: Record, context: Context | None, num_frames: int) -> Markup:
    """A strip above the slider: grey where frames were given, a mark at every event."""
    given = context.indices if context else ()
    marks = [tag("rect", x=0, y=2, width="100%", height=4, class_="free")]
    marks += [
        tag("rect", x=percent(i / num_frames), y=2, width=percent(1 / num_frames), height=4, class_="given")
        for i in given
    ]
    for event in record.events:
        place = percent((int(event["frame"]) + 0.5) / num_frames)
        title = tag("title", in_words(str(event["kind"])))
        marks.append(tag("circle", title, cx=place, cy=4, r=3.5, class_="event"))
    return tag("svg", *marks, class_="timeline", width="100%", height=8, aria_hidden="true")
