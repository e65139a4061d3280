"""Why a probe may be believed: its sources, and its certificate in short."""

from dataclasses import dataclass

from wsim.certify.bounds import KINDS, MEANINGS
from wsim.certify.certificate import Certificate
from wsim.certify.many import CLIP, is_current, jobs_for, loaded, published, shipped_folder
from wsim.citations import Source, files_of_probe, sources_in
from wsim.contracts import Track
from wsim.errors import WsimError
from wsim_reports.certificate_views import HEADS, Cell, cells_of, short_of, state_of
from wsim_reports.words import clip_in_words

STATES = {
    "certified": "Certified: every bound is met.",
    "provisional": "Provisional: not every bound is met; what falls short is said below.",
    "quick": "A quick look at a few worlds, too rough to certify anything.",
    "none": "No certificate: nothing has been published of what this probe sees and what fools it.",
}


@dataclass(frozen=True)
class Trust:
    """The certificate of a probe in short. `state` is a key of `STATES`; cells are by kind of bound."""

    state: str
    words: str
    made: str = ""
    cells: tuple[tuple[str, str, Cell], ...] = ()
    short: tuple[str, ...] = ()


NO_CERTIFICATE = Trust("none", STATES["none"])


def trust_in(name: str, track: Track) -> Trust:
    """What the published certificate of a probe says, that of a quick look where there is no other."""
    found = _published(name, track)
    if found is None:
        return NO_CERTIFICATE
    state = state_of(found)
    stale = "" if is_current(found, loaded(name)) else " The probe, or what it reads with, has changed since."
    shown = zip(KINDS, cells_of(found), strict=True)
    return Trust(
        state=state,
        words=STATES[state] + stale,
        made=f"version {found.version}, track {found.track}, {found.lawful.clips} lawful clips, "
        f"{clip_in_words(str(found.clip))}",
        cells=tuple((HEADS[kind], MEANINGS[kind], cell) for kind, cell in shown if cell.state != "none"),
        short=tuple(short_of(found)),
    )


def _published(name: str, track: Track) -> Certificate | None:
    """On the track of the run if there is one, else on the richest; a full one before a quick one."""
    try:
        folder = shipped_folder()
        for asked in dict.fromkeys((track, None)):
            for quick in (False, True):
                for job in jobs_for([name], asked, CLIP, quick):
                    if found := published(folder, job):
                        return found
    except (WsimError, KeyError):  # a benchmark or a probe that is not installed here
        return None
    return None


def sources_of(name: str) -> tuple[str, ...]:
    """The papers that a probe and what it reads with name in their docstrings, in short."""
    try:
        return tuple(_in_short(source) for source in sources_in(files_of_probe(name)))
    except WsimError:
        return ()


def _in_short(source: Source) -> str:
    """`Lucas and Kanade 1981: An iterative image registration technique ...`."""
    who = source.surnames
    names = " and ".join(who) if len(who) < 3 else f"{who[0]} and others"
    return f"{names} {source.year}: {source.title}"
