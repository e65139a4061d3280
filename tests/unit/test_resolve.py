"""One string names any model, its options are read by annotation, and mistakes say what would have worked."""

import json
from pathlib import Path

import numpy as np
import pytest

from wsim.contracts import Model, Privileged, Remarks, Request, RoundTrips, WorksAhead
from wsim.errors import WsimError
from wsim.models.options import bind, split_options
from wsim.models.resolve import resolve_model
from wsim.video import Video

FACTORY = """
from pathlib import Path
from typing import Literal
import numpy as np
from wsim import ModelInfo, Video

class Grey:
    def __init__(self, level, digest="d" * 64):
        self.level, self.digest = level, digest

    @property
    def info(self):
        return ModelInfo("grey", "mine/1", self.digest, frozenset({"text"}), settings={"level": self.level})

    def generate(self, requests):
        for r in requests:
            yield Video(np.full((r.num_frames, *r.size, 3), self.level, np.uint8), r.fps)

class Codec(Grey):
    def round_trip(self, video):
        return video

def make(level: int = 3, mode: Literal["fast", "slow"] = "fast", weights: Path | None = None,
         gamma: float | None = 1.0, tiled: bool = False, label="x"):
    assert isinstance(level, int) and isinstance(tiled, bool)
    assert weights is None or isinstance(weights, Path)
    return Grey(level)

def with_codec():
    return Codec(1)

def broken():
    return 1 / 0

def not_a_model():
    return 7

def needs(weights: Path):
    return Grey(1)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(FACTORY)
    return path


def failure(text: str, **options: str) -> WsimError:
    with pytest.raises(WsimError) as caught:
        resolve_model(text, options)
    assert len(str(caught.value).splitlines()) == 3
    return caught.value


def test_registered_names_and_their_argument() -> None:
    assert resolve_model("freeze").info.name == "freeze"
    assert resolve_model("oracle:vanished").info.name == "oracle:vanished"
    assert isinstance(resolve_model("oracle"), Privileged)
    assert resolve_model("pan", {"widths_per_s": "0.5"}).info.settings == {"widths_per_s": 0.5}


def test_unknown_names_get_a_suggestion() -> None:
    error = failure("freze")
    assert error.problem == "unknown model 'freze'" and 'did you mean "freeze"' in error.remedy
    assert "did you mean" not in failure("qqqqqq").remedy


def test_a_control_that_takes_no_argument_says_so() -> None:
    assert failure("freeze:7").problem == "model 'freeze' takes no argument"


def test_a_factory_in_a_file(file: Path) -> None:
    model = resolve_model(f"{file}:make", {"level": "9", "tiled": "yes", "weights": "/a/b", "gamma": "none"})
    assert isinstance(model, Model) and not isinstance(model, RoundTrips | Privileged)
    (video,) = model.generate([Request(2, (3, 4), 8.0, 0)])
    assert (video.frames == 9).all()
    assert model.info.settings["-m level"] == "9"


def test_a_codec_stays_visible(file: Path) -> None:
    model = resolve_model(f"{file}:with_codec")
    assert isinstance(model, RoundTrips)
    video = Video(np.zeros((1, 2, 2, 3), np.uint8), 8.0)
    assert model.round_trip(video) is video


def test_an_edited_file_is_another_adapter_with_the_same_weights(file: Path) -> None:
    before = resolve_model(f"{file}:make").info
    file.write_text(FACTORY + "# changed\n")
    after = resolve_model(f"{file}:make").info
    assert before.adapter != after.adapter and before.digest == after.digest == "d" * 64


def test_a_factory_in_a_package() -> None:
    info = resolve_model("wsim.models.controls:freeze").info
    assert info.name == "freeze" and info.adapter.startswith("wsim.models.controls/1+")


def test_what_is_wrong_with_a_factory(file: Path) -> None:
    assert "ZeroDivisionError" in failure(f"{file}:broken").problem
    assert failure(f"{file}:broken").where.startswith(f"{file}, line ")
    assert "'int', not a model" in failure(f"{file}:not_a_model").problem
    assert "did you mean 'make'" in failure(f"{file}:mak").remedy
    assert failure(f"{file}").problem == "which factory?"
    assert failure("nowhere.py:make").problem == "no such file"
    assert failure(f"{file}:needs").problem == "option 'weights' is required"


def test_a_file_that_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import nothing_of_that_name\n")
    error = failure(f"{tmp_path / 'bad.py'}:make")
    assert "ModuleNotFoundError" in error.problem and error.where.endswith("line 1")


@pytest.mark.parametrize(
    ("options", "problem", "remedy"),
    [
        ({"levl": "1"}, "unknown option 'levl'", "level, mode, weights, gamma, tiled, label"),
        ({"level": "1.5"}, "option 'level' cannot be '1.5'", "give a whole number"),
        ({"mode": "quick"}, "option 'mode' cannot be 'quick'", "give one of fast, slow"),
        ({"tiled": "maybe"}, "option 'tiled' cannot be 'maybe'", "give true or false"),
        ({"gamma": "big"}, "option 'gamma' cannot be 'big'", "give a number or none"),
    ],
)
def test_options_that_do_not_fit(file: Path, options: dict[str, str], problem: str, remedy: str) -> None:
    error = failure(f"{file}:make", **options)
    assert error.problem == problem and remedy in error.remedy


def test_options_are_split_at_the_first_equals_sign() -> None:
    assert split_options(["a=b=c", "d-e="]) == {"a": "b=c", "d_e": ""}
    for bad in (["a"], ["=1"], ["a=1", "a=2"], ["a_b=1", "a-b=2"]):
        with pytest.raises(WsimError, match="option"):
            split_options(bad)


def test_unannotated_options_take_the_type_of_their_default() -> None:
    def factory(steps=4, scale=1.5, name="n", flag=True, other=None, **rest):  # type: ignore[no-untyped-def]
        return None

    bound = bind(factory, {"steps": "9", "scale": "2", "flag": "0", "other": "o", "more": "m"}, where="")
    assert bound == {"steps": 9, "scale": 2.0, "flag": False, "other": "o", "more": "m"}


def test_folders_that_are_not_checkpoints(tmp_path: Path) -> None:
    assert f"videos:{tmp_path}" in failure(str(tmp_path)).remedy
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline"}))
    assert "pipeline" in failure(str(tmp_path)).problem
    assert failure("videos:/no/such/folder").problem == "no such folder"


def test_whatever_else_a_model_can_do_stays_visible(tmp_path: Path) -> None:
    (tmp_path / "talks.py").write_text(
        FACTORY
        + """
class Talks(Codec):
    at_once = 4
    def expect(self, requests):
        self.expected = requests
    def remarks(self):
        return ("mind this",)
    def answer(self, scenarios):
        return iter(())

def talks():
    return Talks(1)
"""
    )
    model = resolve_model(f"{tmp_path / 'talks.py'}:talks")
    assert isinstance(model, RoundTrips) and isinstance(model, Privileged)
    assert isinstance(model, WorksAhead) and model.at_once == 4
    assert isinstance(model, Remarks) and model.remarks() == ("mind this",)


@pytest.mark.parametrize(
    "line", ["import not_there_at_all", "raise RuntimeError('no licence')", "raise SystemExit(0)"]
)
def test_a_package_that_does_not_import_is_told_from_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    package = tmp_path / f"broken_{len(line)}"
    package.mkdir()
    (package / "__init__.py").write_text(line + "\n")
    (package / "models.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    error = failure(f"{package.name}.models:make")
    assert "the module does not import" in error.problem and error.where.endswith("line 1")
    assert failure("wsim.no_such_module:make").problem == "unknown model 'wsim.no_such_module:make'"
