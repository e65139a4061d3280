"""Tables, patterns and VBench names say which video answers what; nothing leaves the folder."""

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import ClipFormat, Context, Request, Scenario
from wsim.errors import WsimError
from wsim.models.fitting import fitted
from wsim.models.folder import FolderOfVideos, MissingVideo
from wsim.models.listed import read_table
from wsim.models.naming import compiled, named_by, same_words
from wsim.models.resolve import resolve_model
from wsim.runs.hints import read_hints
from wsim.video import Video, write_lossless

CLIP = ClipFormat(5, 16, 24, 8.0)


@dataclass(frozen=True)
class NoTruth:
    video: Video


def clip(level: int, form: ClipFormat = CLIP) -> Video:
    return Video(np.full((form.num_frames, form.height, form.width, 3), level, np.uint8), form.fps)


def scenario(text: str, *, seed: int = 3, pictures: bool = False, name: str = "s/p/text/a") -> Scenario:
    context = Context(clip(0).frames[:1], (0,)) if pictures else None
    request = Request(CLIP.num_frames, (CLIP.height, CLIP.width), CLIP.fps, seed, text, context)
    return Scenario(name, name, request, NoTruth(clip(0)))


def put(folder: Path, name: str, level: int) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lossless(path, clip(level))


def level_of(model: FolderOfVideos, asked: Scenario) -> int:
    return int(next(model.answer([asked])).frames[0, 0, 0, 0])


def table(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "manifest.csv"
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_names_of_vbench_answer_words_alone(tmp_path: Path) -> None:
    put(tmp_path, "A red ball falls.-0.mkv", 10)
    put(tmp_path, "A red ball falls.-1.mkv", 20)
    model = FolderOfVideos(tmp_path, "text")
    assert level_of(model, scenario("A red ball falls.")) == 10
    assert level_of(FolderOfVideos(tmp_path, "text", index=1), scenario("A red ball falls.")) == 20
    for other in (scenario("A blue ball falls."), scenario("A red ball falls.", pictures=True)):
        with pytest.raises(MissingVideo):
            level_of(model, other)  # the same words are said of many pictures


def test_a_pattern_reads_nested_folders(tmp_path: Path) -> None:
    put(tmp_path, "a_red_ball_falls/seed_3/v2/out.mkv", 10)
    put(tmp_path, "a_red_ball_falls/seed_4/v2/out.mkv", 20)
    model = FolderOfVideos(tmp_path, "image", names="{prompt}/seed_{seed}/*/out.mkv")
    asked = scenario("A red ball falls.", pictures=True)
    assert level_of(model, asked) == 10
    assert level_of(model, replace(asked, request=replace(asked.request, seed=4))) == 20
    with pytest.raises(MissingVideo):
        level_of(model, replace(asked, request=replace(asked.request, seed=5)))


def test_a_pattern_finds_scenarios_in_folders(tmp_path: Path) -> None:
    put(tmp_path, "run1/s/p/text/a/video.mkv", 10)
    model = resolve_model(f"videos:{tmp_path}", {"names": "**/run?/{scenario}/video.mkv"})
    assert isinstance(model, FolderOfVideos)
    assert level_of(model, scenario("x")) == 10


@pytest.mark.parametrize("pattern", ["*.mp4", "{prompt}{prompt}.mp4", "{words}.mp4", "{prompt}.mp4"])
def test_patterns_that_find_nothing_say_so(tmp_path: Path, pattern: str) -> None:
    put(tmp_path, "a.mkv", 1)
    with pytest.raises(WsimError) as caught:
        _ = FolderOfVideos(tmp_path, names=pattern).lookup
    assert pattern in caught.value.problem


def test_a_group_stays_within_a_name() -> None:
    assert named_by(compiled("{prompt}-{index}.mp4"), "a/b-0.mp4") is None
    assert named_by(compiled("{scenario}-{index}.mp4"), "a__b-0.mp4").scenario == "a/b"  # type: ignore[union-attr]
    assert same_words("left, right") != same_words("right, left")


def test_a_table_says_what_answers_what(tmp_path: Path) -> None:
    put(tmp_path, "clips/0001.mkv", 10)
    put(tmp_path, "0002.mkv", 20)
    table(
        tmp_path,
        {"path": "clips/0001.mp4", "scenario": "s/p/text/a"},
        {"path": "0002.mkv", "prompt": "two cups", "seed": 3},
        {"path": "not-made-yet.mp4", "scenario": "s/p/text/c"},
    )
    model = FolderOfVideos(tmp_path)
    assert level_of(model, scenario("x")) == 10
    assert level_of(model, scenario("Two cups.", pictures=True, name="s/p/text/b")) == 20
    with pytest.raises(MissingVideo, match="no video called s__p__text__c"):
        level_of(model, scenario("x", name="s/p/text/c"))


def test_a_table_fixes_the_clip_and_the_question(tmp_path: Path) -> None:
    put(tmp_path, "a.mkv", 10)
    asked = scenario("x")
    told = {"num_frames": 9, "height": 32, "width": 48, "fps": 16, "track": "image"}
    table(tmp_path, {"path": "a.mkv", "scenario": asked.id, "request": asked.request.digest, **told})
    model = FolderOfVideos(tmp_path)
    assert model.info.formats == (ClipFormat(9, 32, 48, 16.0),) and model.info.tracks[-1] == "image"
    assert level_of(model, asked) == 10
    with pytest.raises(WsimError, match="another question"):
        level_of(model, replace(asked, request=replace(asked.request, seed=4)))


def test_the_file_of_vbench_is_a_table(tmp_path: Path) -> None:
    put(tmp_path, "one.mkv", 10)
    put(tmp_path, "two.mkv", 20)
    entries = [{"prompt_en": "a cup", "dimension": ["x"], "video_list": ["/gpu7/out/one.mkv", "two.mkv"]}]
    (tmp_path / "m_full_info.json").write_text(json.dumps(entries))
    place = tmp_path / "m_full_info.json"
    assert level_of(FolderOfVideos(tmp_path, "text", place), scenario("a cup")) == 10
    assert level_of(FolderOfVideos(tmp_path, "text", place, index=1), scenario("a cup")) == 20


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"path": "../secret.mp4", "scenario": "a"}, "leaves the folder"),
        ({"path": "/etc/x.mp4", "scenario": "a"}, "leaves the folder"),
        ({"path": "C:\\x.mp4", "scenario": "a"}, "leaves the folder"),
        ({"path": "clips/../../secret.mp4", "scenario": "a"}, "leaves the folder"),
        ({"path": "..\\secret.mp4", "scenario": "a"}, "leaves the folder"),
        ({"path": "a.mp4"}, "answers nothing"),
        ({"scenario": "a"}, "path: field required"),
        ({"path": "a.mp4", "prompt": "p", "seed": "soon"}, "seed:"),
    ],
)
def test_rows_that_cannot_be_used_are_named(tmp_path: Path, row: dict[str, object], problem: str) -> None:
    with pytest.raises(WsimError) as caught:
        read_table(table(tmp_path, row))
    assert problem in caught.value.problem and "row 1" in caught.value.where


def test_tables_of_an_odd_shape_stop_nobody_with_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,prompt\na.mp4,a ball,3\n")
    with pytest.raises(WsimError, match="more cells than there are columns"):
        read_table(tmp_path / "manifest.csv")
    assert read_table(table(tmp_path, {"path": ".", "scenario": "a"})).rows[0].path == "."


def test_a_file_that_is_all_suffix_answers_nothing(tmp_path: Path) -> None:
    put(tmp_path, "s__p__text__a.mkv", 9)
    (tmp_path / ".mp4").write_text("")
    assert level_of(FolderOfVideos(tmp_path), scenario("x")) == 9


def test_two_rows_with_one_answer_are_refused(tmp_path: Path) -> None:
    table(tmp_path, {"path": "a.mp4", "scenario": "s"}, {"path": "b.mp4", "scenario": "s"})
    with pytest.raises(WsimError, match="answer the same question"):
        _ = FolderOfVideos(tmp_path).lookup


def test_one_video_does_not_answer_two_questions(tmp_path: Path) -> None:
    table(tmp_path, {"path": "a.mp4", "scenario": "s"}, {"path": "a.mp4", "scenario": "t"})
    with pytest.raises(WsimError, match=r"'a\.mp4' is given as the answer to two questions"):
        _ = FolderOfVideos(tmp_path).lookup


def test_the_same_row_twice_says_no_more_than_once(tmp_path: Path) -> None:
    put(tmp_path, "a.mkv", 9)
    once = {"path": "a.mkv", "scenario": scenario("x").id}
    table(tmp_path, once, once)
    assert level_of(FolderOfVideos(tmp_path), scenario("x")) == 9


def test_a_table_may_hold_hints(tmp_path: Path) -> None:
    place = table(tmp_path, {"path": "a.mp4", "prompt": "a cup", "seed": 1, "camera": "still"})
    assert read_hints(place) == {"a.mp4": {"prompt": "a cup", "camera": "still"}}


def moving(frames: int, height: int, width: int, fps: float) -> Video:
    levels = (np.arange(frames) / fps * 100).round().astype(np.uint8)
    return Video(np.broadcast_to(levels[:, None, None, None], (frames, height, width, 3)).copy(), fps)


def test_resampling_keeps_the_time_and_drops_the_end() -> None:
    wanted = ClipFormat(9, 16, 24, 8.0)
    got = fitted(moving(40, 32, 48, 24.0), wanted, name="a", where="x", fit="resample")
    assert (len(got), got.size, got.fps) == (9, (16, 24), 8.0)
    assert got.frames[:, 0, 0, 0].tolist() == (np.arange(9) * 12.5).round().astype(int).tolist()


@pytest.mark.parametrize(
    ("video", "problem"),
    [
        (moving(20, 16, 24, 24.0), "too short: a lasts 0.792 s, 1 s were asked for"),
        (moving(9, 24, 24, 8.0), "wrong shape: a is 24x24, 24x16 was asked for"),
    ],
)
def test_what_cannot_be_resampled_is_refused(video: Video, problem: str) -> None:
    with pytest.raises(WsimError) as caught:
        fitted(video, ClipFormat(9, 16, 24, 8.0), name="a", where="x", fit="resample")
    assert caught.value.problem == problem
