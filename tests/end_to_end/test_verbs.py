"""The verbs that make files or explain things, through the real command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wsim.cli.breaking import BrokenLaw, parse_violation, violated
from wsim.cli.main import call
from wsim.cli.pictures import read_picture
from wsim.errors import ExitCode, WsimError
from wsim.models.folder import FolderOfVideos
from wsim.video import read_video
from wsim.worlds.datasets import read_shards
from wsim.worlds.families import FAMILIES, make
from wsim.worlds.scene import Violation
from wsim.worlds.truth import load_take_record


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_render_writes_clips_truth_and_a_sheet() -> None:
    violated = ["--violation", "vanish@0.5:ball"]
    common = ["render", "fall", "--size", "32x24", "--fps", "8", "--count", "2", "--sheet"]
    assert call([*common, "--out", "lawful"]) == 0
    assert call([*common, *violated, "--out", "violated"]) == 0
    lawful, broken = (read_video(Path(f"{name}/fall-00000/clip.mkv")) for name in ("lawful", "violated"))
    assert lawful.size == (24, 32) and lawful.fps == 8.0
    same = [(a == b).all() for a, b in zip(lawful.frames, broken.frames, strict=True)]
    assert all(same[:4]) and not any(same[5:])  # frame 4 lies at 0.5 s
    assert Path("lawful/fall-00001.mp4").exists() and Path("lawful/fall-00001/truth.npz").exists()
    assert read_picture(Path("lawful/sheet.png")).shape == (2 * 28, 8 * 36, 3)


def test_render_takes_parameters_of_the_family() -> None:
    assert (
        call(["render", "ball_behind_screen", "-m", "empty=true", "--size", "32x32", "--out", "empty"]) == 0
    )
    scene = json.loads(Path("empty/ball_behind_screen-00000/scene.json").read_text())["scene"]
    assert "ball" not in [body["name"] for body in scene["bodies"]]
    assert call(["render", "fall", "-m", "wind=3", "--out", "x"]) == 2


def test_render_shows_every_violated_twin() -> None:
    assert call(["render", "fall", "--twins", "--truth", "light", "--size", "16x16", "--out", "t"]) == 0
    twins = FAMILIES["fall"].twins(make("fall", 0)).violated
    folders = {path.name for path in Path("t").iterdir() if path.is_dir()}
    assert folders == {"fall-00000", *(f"fall-00000-{name}" for name in twins)}
    assert load_take_record(Path("t/fall-00000-vanish")).twin == "vanish"


def test_render_takes_a_scene_from_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["render", "fall", "--seed", "3", "--size", "16x16", "--out", "a"]) == 0
    own = json.loads(Path("a/fall-00003/scene.json").read_text())["scene"]
    Path("mine.json").write_text(json.dumps(own))
    assert call(["render", "mine.json", "--size", "16x16", "--out", "b"]) == 0
    assert Path("b/mine/clip.mkv").read_bytes() == Path("a/fall-00003/clip.mkv").read_bytes()
    own["bodies"][0]["colour"] = "red"
    Path("mine.json").write_text(json.dumps(own))
    capsys.readouterr()
    assert call(["render", "mine.json", "--out", "c"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and "Body has no field 'colour'" in lines[0] and "bodies[0]" in lines[1]
    for broken in ("not json", "[]", "{}"):
        Path("mine.json").write_text(broken)
        assert call(["render", "mine.json", "--out", "c"]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 3


def test_render_writes_colmap_projects() -> None:
    assert call(["render", "fall", "--format", "colmap", "--size", "16x16", "--frames", "2", "-o", "p"]) == 0
    assert Path("p/fall-00000/sparse/0/points3D.txt").exists() and Path("p/fall-00000.mp4").exists()


def test_render_writes_a_data_set_and_goes_on_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["render", "fall,room", "--clips", "2", "--frames", "2", "--size", "16x16", "--out", "d"]
    assert call([*command, "--jobs", "1"]) == 0 and call(command) == 0
    records = list(read_shards(Path("d")))
    assert [record.scene.family for record in records] == ["fall", "room"]
    assert (len(records[0].video), records[0].video.size) == (2, (16, 16))
    capsys.readouterr()
    assert call([*command, "--twins"]) == 2
    assert "its twins is false, not true" in capsys.readouterr().err
    for wrong in (["--sheet"], ["--count", "3"], ["--violation", "vanish@0.5:ball"]):
        assert call([*command, *wrong]) == 2
    assert call(["render", "fall", "--jobs", "2", "--out", "d"]) == 2


def test_a_full_disk_is_told_and_the_same_command_goes_on() -> None:
    command = ["render", "fall", "--frames", "2", "--size", "16x16"]
    assert call([*command, "--out", "kernels-are-now-compiled"]) == 0
    # The kernel of the system refuses to let any file grow beyond 15 kB; a shard is larger.
    code = (
        "import resource, sys; sys.dont_write_bytecode = True;"  # a module cut off at the limit would stay so
        "resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, resource.RLIM_INFINITY));"
        "from wsim.cli.main import call; sys.exit(call(sys.argv[1:]))"
    )
    command += ["--clips", "3", "--out", "d"]
    limited = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=False
    )
    assert limited.returncode == ExitCode.INCOMPLETE
    assert limited.stderr.startswith("error: the disk is full") and len(limited.stderr.splitlines()) == 3
    assert [path.name for path in Path("d").iterdir()] == ["manifest.json"]
    assert call(command) == 0
    assert len(list(read_shards(Path("d")))) == 3


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("vanish@0.7:ball", BrokenLaw(Violation("vanish", 0.7, "ball"))),
        ("gravity_scale@0=0.25", BrokenLaw(Violation("gravity_scale", 0.0, "", 0.25))),
        ("teleport@0.5:ball=0.5,0,-1", BrokenLaw(Violation("teleport", 0.5, "ball", 1.0, (0.5, 0.0, -1.0)))),
        ("swap@0.5:ball,box", BrokenLaw(Violation("swap", 0.5, "ball", other="box"))),
        ("vanish@0.7:ball~0.25", BrokenLaw(Violation("vanish", 0.7, "ball"), 0.25)),
    ],
)
def test_violations_in_words(text: str, law: BrokenLaw) -> None:
    assert parse_violation(text) == law


@pytest.mark.parametrize("text", ["vanish", "vanish@x", "fall@1", "resize@1:ball=1,2", "resize@1:ball=2~0.5"])
def test_violations_in_wrong_words(text: str) -> None:
    with pytest.raises(WsimError):
        parse_violation(text)


def test_a_law_is_broken_by_degrees() -> None:
    scene = make("fall", 0)
    assert violated(scene, [parse_violation("vanish@0.7:ball~0")]) == scene
    half = violated(scene, [parse_violation("vanish@0.7:ball~0.5")]).violations
    assert [(law.kind, law.amount) for law in half] == [("resize", 0.5)]
    with pytest.raises(WsimError, match="severity"):
        violated(scene, [parse_violation("vanish@0.7:ball~2")])
    with pytest.raises(WsimError, match="no body 'bell'"):
        violated(scene, [parse_violation("vanish@0.7:bell")])


def test_generate_from_words_a_picture_and_a_video(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        call(["generate", "noise", "--prompt", "a ball", "--frames", "5", "--size", "16x8", "--out", "a.mkv"])
        == 0
    )
    words = read_video(Path("a.mkv"))
    assert (len(words), words.size) == (5, (8, 16))
    assert call(["render", "fall", "--size", "16x16", "--out", "r", "--sheet"]) == 0
    context = "r/fall-00000/clip.mkv"
    assert call(["generate", "freeze", "--context", context, "--frames", "40", "--out", "b.mkv"]) == 0
    known, going_on = read_video(Path(context)), read_video(Path("b.mkv"))
    assert (going_on.frames[: len(known)] == known.frames).all()
    assert (going_on.frames[len(known) :] == known.frames[-1]).all()
    capsys.readouterr()
    assert call(["generate", "freeze", "--context", context, "--frames", "9", "--out", "c.mkv"]) == 2
    assert "do not begin a clip of 9 frames" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("raise RuntimeError('no memory')", "the model failed: RuntimeError: no memory"),
        ("raise SystemExit(0)", "the model failed: SystemExit: 0"),
        ("return iter(())", "the model gave no video"),
        ("yield np.zeros(3)", "got ndarray, wanted a wsim.Video"),
        ("yield Video(np.zeros((2, 8, 8, 3), np.uint8), 8.0)", "got 2x8x8@8, wanted 5x8x16@16"),
    ],
)
def test_what_a_model_does_wrong_is_told_as_its_own(
    body: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("wrong.py").write_text(
        "import numpy as np\nfrom wsim import ModelInfo, Video\n"
        "class Wrong:\n"
        "    info = ModelInfo('wrong', 'mine/1', None, frozenset({'text'}))\n"
        f"    def generate(self, requests):\n        {body}\n"
    )
    asked = ["--prompt", "a ball", "--frames", "5", "--size", "16x8", "--fps", "16", "--out", "a.mkv"]
    assert call(["generate", "wrong.py:Wrong", *asked]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert problem in told and len(told.splitlines()) == 3 and not Path("a.mkv").exists()


def test_a_probe_is_asked_into_a_url_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"file://{tmp_path}/there"
    assert call(["probe", "physics/restitution", "freeze", "-n", "1", "--dry-run", "--out", url]) == 0
    assert "/remote/" in "".join(capsys.readouterr().out.split()) and not Path("file:").exists()


def test_questions_can_be_answered_elsewhere_and_scored(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["questions", "--limit", "1", "--track", "image", "--out", "q"]) == 0
    asked = sorted(Path("q").glob("*.json"))
    told = [json.loads(path.read_text()) for path in asked]
    assert len({entry["scenario"] for entry in told}) == len(told) >= 5
    for path, entry in zip(asked, told, strict=True):
        assert path.stem == entry["scenario"].replace("/", "__")
        assert "truth" not in entry and entry["size"] == [64, 64] and entry["num_frames"] == 25
        if entry["context"] is not None:
            assert entry["context"] == [0] and read_picture(path.with_suffix(".png")).shape == (64, 64, 3)
    told_how = Path("q/README.txt").read_text()
    assert (
        "videos:THAT_FOLDER --benchmark quick --track image --seed" in told_how and " --limit 1\n" in told_how
    )


def test_answers_to_questions_are_found_by_name() -> None:
    from wsim.video import Video, write_lossless

    assert call(["questions", "--limit", "1", "--out", "q"]) == 0
    name = next(Path("q").glob("physics__fall__*.json"))
    Path("answers").mkdir()
    write_lossless(Path("answers") / f"{name.stem}.mkv", Video(np.zeros((25, 64, 64, 3), np.uint8), 16.0))
    assert json.loads(name.read_text())["scenario"] in FolderOfVideos(Path("answers")).lookup.by_scenario


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "physics/fall",
            ["physics/fall (probe)", "asks", "version", "track video", "scored", "provided by  wsim"],
        ),
        ("physics", ["physics/fall"]),
        ("pan", ["pan (model)", "-m widths_per_s=0.3"]),
        ("quick", ["quick (benchmark)", "[[probe]]"]),
        ("html", ["html (report)"]),
    ],
)
def test_show(name: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["show", name]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in words), out


def test_list_shows_everything_and_one_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["list"]) == 0
    everything = capsys.readouterr().out
    assert all(word in everything for word in ("physics/fall", "freeze", "videos:DIR", "quick", "html"))
    marked = {line.split()[0] for line in everything.splitlines() if "  F  " in line}
    assert {"physics/flight", "geometry/rigidity"} <= marked and "physics/fall" not in marked
    assert "F: reads any video as well" in everything
    assert call(["list", "models"]) == 0
    assert "physics/fall" not in capsys.readouterr().out


def test_doctor_finds_everything_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    code = call(["doctor"])
    out = capsys.readouterr().out
    for word in (
        "python",
        "torch",
        "torchvision",
        "codecs",
        "numba cache",
        "video cache",
        "probes",
        "models",
    ):
        assert word in out
    assert code == 0, out
