"""Folders of videos that answer no scenario: hints, stretches of long files, and what cannot be read."""

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import av
import numpy as np
import pytest

from wsim.contracts import MetricSpec, Reading, Unmeasurable
from wsim.errors import WsimError
from wsim.perception.watching import unwatchable
from wsim.runs.found_file import video_files
from wsim.runs.free import read_folder
from wsim.runs.hints import checked, find_hints, read_hints
from wsim.runs.plan import load_probe
from wsim.runs.records import RecordLog
from wsim.runs.results import Record
from wsim.runs.session import Progress
from wsim.runs.unsimulated import contradiction, free_half
from wsim.runs.windows import Unreadable, starts, stretches, survey
from wsim.video import Video, write_lossless, write_preview
from wsim_probes.physics.fall import Fall


class Watches:
    """Reads the mean brightness of whatever can be watched; raises on a video that a hint calls poison."""

    name = "physics/watches"
    version = 1
    question = "Is it bright?"
    needs: ClassVar = {"text": frozenset({"text"})}
    metrics = (MetricSpec("bright", "share", "higher", 0.0, 1.0, "of white"),)
    min_duration_s = 0.1

    def measure_free(self, video: Video, hints: dict) -> Reading | Unmeasurable:
        if hints.get("prompt") == "poison":
            raise RuntimeError("cannot stand it")
        gate = unwatchable(video)
        return gate or Reading({"bright": float(video.frames.mean() / 255)}, "bright", True)

    def scenarios(self, clip, *, track, seed, limit=None):
        return iter(())

    def measure(self, scenario, video):
        return self.measure_free(video, {})


def moving(frames: int, height: int = 48, width: int = 64, fps: float = 24.0) -> Video:
    """A bright square that goes to and fro on grey, its colour the number of the frame."""
    film = np.full((frames, height, width, 3), 90, np.uint8)
    for i, picture in enumerate(film):
        x = 2 + abs((2 * i) % (2 * (width - 20)) - (width - 20))
        picture[10:22, x : x + 12] = (220, 40 + i % 100, 30)
    return Video(film, fps)


def run(folder: Path, out: Path, **options: object) -> dict[str, Record]:
    read_folder(folder, [free_half(Watches())], out, what="physics", **options)
    return {record.scenario: record for record in RecordLog(out / "records.jsonl").latest().values()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "videos"
    place.mkdir()
    return place


def test_every_kind_of_file_gets_a_record_and_none_stops_the_run(folder: Path, tmp_path: Path) -> None:
    write_preview(folder / "good.mp4", moving(30))
    write_lossless(folder / "odd.mkv", moving(30, 33, 47))
    write_lossless(folder / "one.mkv", Video(np.full((30, 1, 1, 3), 9, np.uint8), 24.0))
    write_lossless(folder / "grey.mkv", Video(np.full((30, 48, 64, 3), 128, np.uint8), 24.0))
    write_lossless(folder / "black.mkv", Video(np.zeros((30, 48, 64, 3), np.uint8), 24.0))
    write_lossless(folder / "still.mkv", Video(moving(1).frames.repeat(30, axis=0), 24.0))
    write_lossless(folder / "twice.mkv", Video(moving(15).frames.repeat(2, axis=0), 24.0))
    for count in range(1, 9):
        write_lossless(folder / f"short{count}.mkv", moving(count))
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "words.webm").write_text("no video at all " * 40)
    whole = (folder / "odd.mkv").read_bytes()
    (folder / "half.mkv").write_bytes(whole[: len(whole) // 2])
    (folder / "broken.mp4").write_bytes((folder / "good.mp4").read_bytes()[:1500])
    write_alpha(folder / "alpha.mkv", moving(30))
    write_varying(folder / "varying.mkv", moving(30))
    (folder / "notes.txt").write_text("not looked at")
    said = {name.split("/")[1]: r for name, r in run(folder, tmp_path / "run").items()}
    reasons = {name: record.reason for name, record in said.items() if record.status == "unmeasurable"}
    assert {name for name, r in said.items() if r.status == "ok"} == {
        "good.mp4", "odd.mkv", "twice.mkv", "alpha.mkv",
    }  # fmt: skip
    assert {reasons[f"short{count}.mkv"] for count in range(1, 9)} == {"too few frames"}
    wanted = {
        "one.mkv": "picture too small", "grey.mkv": "blank picture", "black.mkv": "blank picture",
        "still.mkv": "static", "empty.mp4": "empty file", "words.webm": "not a video",
        "varying.mkv": "variable frame rate",
    }  # fmt: skip
    assert {name: reasons[name] for name in wanted} == wanted
    assert reasons["half.mkv"] in ("damaged video", "truncated video")
    assert reasons["broken.mp4"] in ("damaged video", "truncated video", "not a video")


def write_alpha(path: Path, video: Video) -> None:
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = video.size[1], video.size[0], "bgra"
        for frame in video.frames:
            clear = np.full((*video.size, 1), 100, np.uint8)
            picture = av.VideoFrame.from_ndarray(np.concatenate([frame, clear], axis=-1), format="rgba")
            for packet in stream.encode(picture.reformat(format="bgra")):
                sink.mux(packet)
        for packet in stream.encode():
            sink.mux(packet)


def write_varying(path: Path, video: Video) -> None:
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = video.size[1], video.size[0], "bgr0"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i, frame in enumerate(video.frames):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="bgr0")
            picture.time_base, picture.pts = Fraction(1, 1000), 40 * i + 400 * (i > 10)
            for packet in stream.encode(picture):
                sink.mux(packet)
        for packet in stream.encode():
            sink.mux(packet)


def test_long_files_are_read_in_stretches_of_bounded_length(folder: Path, tmp_path: Path) -> None:
    write_preview(folder / "long.mp4", moving(1000, 32, 32))
    seen = survey(folder / "long.mp4")
    assert (seen.frames, seen.fps) == (1000, 24.0)
    read = list(stretches(folder / "long.mp4", seen, starts(seen, most=60), most=60))
    assert [(s.first, len(s.video), s.total) for s in read] == [
        (0, 60, 1000),
        (470, 60, 1000),
        (940, 60, 1000),
    ]
    said = run(folder, tmp_path / "run", most=60)
    assert sorted(said) == [f"free/long.mp4/frame={n}" for n in (0, 470, 940)]
    assert {record.cluster for record in said.values()} == {"long.mp4"}


def test_nothing_is_counted_of_files_that_were_exchanged_or_removed(folder: Path, tmp_path: Path) -> None:
    for name in ("long.mp4", "other.mp4"):
        write_preview(folder / name, moving(300, 32, 32))
    assert len(run(folder, tmp_path / "run", most=60)) == 6
    write_preview(folder / "long.mp4", moving(50, 32, 32))
    (folder / "other.mp4").unlink()
    assert set(run(folder, tmp_path / "run", most=60)) == {"free/long.mp4/frame=0"}


@pytest.mark.parametrize("frames", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_long_files_take_no_more_memory_than_three_stretches(folder: Path, frames: int) -> None:
    import tracemalloc

    tiled = np.tile(moving(100, 32, 32).frames, (frames // 100, 1, 1, 1))
    write_preview(folder / "endless.mp4", Video(tiled, 24.0))
    seen = survey(folder / "endless.mp4")
    tracemalloc.start()
    lengths = [len(s.video) for s in stretches(folder / "endless.mp4", seen, starts(seen, most=50), most=50)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen.frames == frames and lengths == [50, 50, 50]
    assert peak < 8 * 50 * 32 * 32 * 3  # the whole file would be 20 stretches, or 200


def test_a_known_event_is_what_a_long_file_is_read_around() -> None:
    from wsim.runs.windows import Survey

    assert starts(Survey(1000, 25.0), most=100, event_s=20.0) == (450,)
    assert starts(Survey(1000, 25.0), most=100, event_s=0.1) == (0,)
    assert starts(Survey(100, 25.0), most=100, event_s=1.0) == (0,)


def test_large_pictures_are_made_smaller(folder: Path) -> None:
    write_preview(folder / "large.mp4", moving(3, 600, 800))
    (read,) = stretches(folder / "large.mp4", survey(folder / "large.mp4"), (0,))
    assert read.video.size == (512, 683)
    assert read.scale == pytest.approx(512 / 600)


def test_a_file_that_ends_before_the_stretch_is_truncated(folder: Path) -> None:
    write_preview(folder / "a.mp4", moving(20))
    seen = survey(folder / "a.mp4")
    with pytest.raises(Unreadable, match="truncated"):
        list(stretches(folder / "a.mp4", seen, (30,)))


def test_the_same_command_goes_on_and_a_probe_that_raises_is_an_error(folder: Path, tmp_path: Path) -> None:
    write_lossless(folder / "a.mkv", moving(20))
    write_lossless(folder / "b.mkv", moving(20))
    hints = {"b.mkv": {"prompt": "poison"}}
    first = run(folder, tmp_path / "run", hints=hints)
    assert {r.cluster: r.status for r in first.values()} == {"a.mkv": "ok", "b.mkv": "error"}
    events = []
    again = run(folder, tmp_path / "run", hints={}, on_event=events.append)
    assert {r.cluster: r.status for r in again.values()} == {"a.mkv": "ok", "b.mkv": "ok"}
    assert [event.cached for event in events] == [True, False]
    write_lossless(folder / "a.mkv", moving(25))  # another file under the old name
    run(folder, tmp_path / "run", on_event=events.append)
    assert [event.cached for event in events[2:]] == [False, True]


def test_other_masks_under_the_old_name_are_read_again(folder: Path, tmp_path: Path) -> None:
    write_lossless(folder / "a.mkv", moving(20))
    (folder / "m.npz").write_bytes(b"one")
    (folder / "hints.csv").write_text("file,masks\na.mkv,m.npz\n")
    events: list[Progress] = []
    for content in (b"one", b"one", b"other"):
        (folder / "m.npz").write_bytes(content)
        hints = read_hints(folder / "hints.csv")
        run(folder, tmp_path / "run", hints=hints, on_event=events.append)
    assert [event.cached for event in events] == [False, True, False]


def test_the_number_of_reading_processes_changes_nothing(folder: Path, tmp_path: Path) -> None:
    for name, frames in {"a": 20, "b": 26, "c": 23}.items():
        write_lossless(folder / f"{name}.mkv", moving(frames))
    (folder / "words.webm").write_text("no video at all " * 40)
    probes = [free_half(load_probe(name)) for name in ("permanence/presence", "physics/flight")]
    kept = {}
    for out, how in {"here": {}, "there": {"executor": "processes", "jobs": 2}}.items():
        events: list[Progress] = []
        summary = read_folder(folder, probes, tmp_path / out, what="all", on_event=events.append, **how)
        lines = list(RecordLog(tmp_path / out / "records.jsonl").read())
        kept[out] = summary.suites, [dataclasses.replace(r, measure_s=None, at="") for r in lines]
        assert [event.done for event in events] == list(range(1, len(lines) + 1))
    assert kept["here"] == kept["there"] and len(kept["here"][1]) == 2 * 4
    assert {record.status for record in kept["here"][1]} == {"ok", "unmeasurable"}
    with pytest.raises(WsimError, match="0 jobs"):
        read_folder(folder, probes, tmp_path / "none", what="all", executor="processes", jobs=0)


def test_a_probe_that_cannot_travel_reads_here(folder: Path, tmp_path: Path) -> None:
    class Local(Watches):
        """No other process can find this class."""

    write_lossless(folder / "a.mkv", moving(20))
    read_folder(folder, [free_half(Local())], tmp_path / "run", what="physics", executor="processes", jobs=1)
    (record,) = RecordLog(tmp_path / "run" / "records.jsonl").latest().values()
    assert record.status == "ok"


def test_the_scale_of_a_free_reading_is_the_metric_itself(folder: Path, tmp_path: Path) -> None:
    write_lossless(folder / "a.mkv", moving(20))
    summary = read_folder(folder, [free_half(Watches())], tmp_path / "run", what="physics")
    (probe,) = summary.probes
    assert probe.calibration is not None and (probe.calibration.null, probe.calibration.ceiling) == (0.0, 1.0)
    assert probe.skill.value == pytest.approx(probe.metrics["bright"].value)
    assert summary.format == "20x48x64@24" and summary.status == "complete"


def test_a_folder_without_videos_and_hints_without_a_video_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="no videos here"):
        video_files(folder)
    with pytest.raises(WsimError, match="no such folder"):
        video_files(folder / "nowhere")
    write_lossless(folder / "a.mkv", moving(20))
    with pytest.raises(WsimError, match=r"hints for 'c\.mkv'"):
        run(folder, tmp_path / "run", hints={"c.mkv": {}})


def test_hints_from_a_table_and_from_json(folder: Path) -> None:
    table = folder / "hints.csv"
    (folder / "m.npz").touch()
    table.write_text("file,event_s,region,camera,masks\na.mp4,1.5,1 2 3 4,still,m.npz\nb.mp4,,,,\n")
    assert find_hints(folder) == table
    assert read_hints(table) == {
        "a.mp4": {
            "event_s": 1.5, "region": [1.0, 2.0, 3.0, 4.0], "camera": "still",
            "masks": str((folder / "m.npz").resolve()),
        },
        "b.mp4": {},
    }  # fmt: skip
    other = folder / "h.json"
    for content in ({"a.mp4": {"count": 2}}, [{"file": "a.mp4", "count": 2}]):
        other.write_text(json.dumps(content))
        assert read_hints(other) == {"a.mp4": {"count": 2}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("file,evnt_s\na.mp4,1\n", "unknown hint 'evnt_s'"),
        ("file,event_s\na.mp4,soon\n", "'event_s' cannot be 'soon'"),
        ("file,event_s\na.mp4,nan\n", "cannot be 'nan'"),
        ("file,region\na.mp4,1 2 0 4\n", "'region' cannot be"),
        ("file,camera\na.mp4,wobbly\n", "'camera' cannot be"),
        ("file,count\na.mp4,1.5\n", "'count' cannot be"),
        ("file,masks\na.mp4,gone.npz\n", "'masks' names no file: 'gone.npz'"),
        ("name,count\na.mp4,1\n", "no usable `file`"),
        ("file,count\na.mp4,1\na.mp4,2\n", "no usable `file`"),
        ("file,count\na.mp4,1,9\n", "no usable `file`"),
    ],
)
def test_wrong_hints_are_refused_in_three_lines(folder: Path, text: str, problem: str) -> None:
    (folder / "hints.csv").write_text(text)
    with pytest.raises(WsimError) as refused:
        read_hints(folder / "hints.csv")
    assert problem in str(refused.value) and len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize("text", ["[1, 2", '"text"', '{"a": 1}'])
def test_broken_json_is_refused(folder: Path, text: str) -> None:
    (folder / "hints.json").write_text(text)
    with pytest.raises(WsimError, match="cannot read the hints"):
        read_hints(folder / "hints.json")


def test_hints_that_contradict_the_video_make_it_unmeasurable() -> None:
    clip = moving(24)
    assert contradiction(clip, {}) is None
    assert contradiction(clip, {"event_s": 0.5, "region": [0.0, 0.0, 64.0, 48.0], "camera": "still"}) is None
    assert contradiction(clip, {"event_s": 2.0}) == Unmeasurable("the event is not in the clip")
    assert contradiction(clip, {"region": [60.0, 0.0, 9.0, 9.0]}) == Unmeasurable(
        "the region is not in the picture"
    )
    assert contradiction(clip, {"camera": "moves"}) == Unmeasurable("camera stands still")
    rng = np.random.default_rng(0)
    wide = np.kron(rng.integers(0, 255, (12, 80, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    panned = Video(np.stack([wide[:, 4 * i : 4 * i + 64] for i in range(24)]), 24.0)
    assert contradiction(panned, {"camera": "still"}) == Unmeasurable("camera moves")


def test_a_probe_without_a_free_half_is_refused() -> None:
    with pytest.raises(WsimError, match="needs a simulator"):
        free_half(Fall())


def test_checked_leaves_empty_cells_out() -> None:
    assert checked({"prompt": "", "count": None, "event_s": "2"}, where="here") == {"event_s": 2.0}
