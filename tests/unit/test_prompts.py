"""Prompts: the files, the loader, and a run of words alone read without a simulator."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

import wsim_benchmarks
from wsim.contracts import ClipFormat, ModelInfo, Request
from wsim.errors import WsimError
from wsim.runs.benchmark import Benchmark, ProbeUse, load_benchmark
from wsim.runs.execute import execute
from wsim.runs.plan import make_plan
from wsim.runs.prompts import Prompt, load_prompts
from wsim.runs.remeasure import remeasure
from wsim.runs.unsimulated import FreeHalf, Unsimulated
from wsim.video import Video
from wsim.worlds.families import make
from wsim.worlds.take import Take
from wsim_probes.permanence.presence import Presence

PACKAGE = Path(wsim_benchmarks.__file__).parent
CLIP = ClipFormat(25, 64, 64, 16.0)
GOOD = """
suite = "physics"
version = 1
[[prompt]]
id = "drop"
text = "A ball is dropped onto the floor."
probes = ["physics/flight"]
hints = { camera = "still" }
"""


class Falls:
    """Answers every prompt with a ball that falls."""

    info = ModelInfo("falls", "test/1", None, frozenset({"text"}), formats=(CLIP,))

    def generate(self, requests: Sequence[Request]) -> Iterator[Video]:
        assert all(request.text and request.context is None for request in requests)
        return (Take(make("fall", 500), CLIP).video for _ in requests)


def test_every_suite_has_its_own_prompts() -> None:
    prompts = load_prompts(PACKAGE / "prompts")
    counts = Counter(prompt.suite for prompt in prompts)
    suites = {"geometry", "permanence", "interaction", "physics", "digital", "conditioning"}
    assert set(counts) == suites and min(counts.values()) >= 25
    several_shots = {prompt.id for prompt in prompts if prompt.probes == ("permanence/shots",)}
    assert all(("camera" in prompt.hints) != (prompt.id in several_shots) for prompt in prompts)
    assert all(prompt.hints == {"same_objects": "yes"} for prompt in prompts if prompt.id in several_shots)


def test_the_benchmark_asks_every_prompt_of_every_probe_that_reads_it() -> None:
    benchmark = load_benchmark(PACKAGE / "prompts.toml")
    named = Counter(probe for prompt in benchmark.prompts for probe in prompt.probes)
    assert {use.probe: use.clusters for use in benchmark.uses} == named


def test_a_prompt_that_changes_makes_another_benchmark() -> None:
    one, other = (
        Prompt("s", "a", text, ("permanence/presence",)) for text in ("a ball rolls", "a car drives")
    )
    uses = (ProbeUse("permanence/presence", 1),)
    digests = {Benchmark("b", 1, 7, CLIP, uses, prompts).digest for prompts in ((), (one,), (other,))}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('camera = "still"', 'camra = "still"', "unknown hint 'camra'"),
        ('camera = "still"', 'camera = "shaky"', "'camera' cannot be 'shaky'"),
        ('id = "drop"', 'id = "Drop it"', "prompt.0.id"),
        ('["physics/flight"]', "[]", "prompt.0.probes"),
        ("version = 1", "", "version"),
        ("[[prompt]]", "[[prompt]", "not valid TOML"),
        ("A ball is dropped onto the floor.", "A ball.", "prompt.0.text"),
    ],
)
def test_a_wrong_file_is_refused_in_three_lines(tmp_path: Path, old: str, new: str, problem: str) -> None:
    (tmp_path / "physics.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(WsimError) as refused:
        load_prompts(tmp_path)
    assert problem in str(refused.value) and len(str(refused.value).splitlines()) == 3


def test_prompts_that_are_there_twice_or_not_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WsimError, match="there are no prompts"):
        load_prompts(tmp_path)
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)
    with pytest.raises(WsimError, match="is there twice"):
        load_prompts(tmp_path)


def test_words_alone_are_asked_and_read(tmp_path: Path) -> None:
    prompts = tuple(
        Prompt("permanence", name, f"a ball falls, {name}", ("permanence/presence",), hints)
        for name, hints in (("one", {"camera": "still"}), ("two", {"camera": "moves"}))
    )
    benchmark = Benchmark("p", 1, 7, CLIP, (ProbeUse("permanence/presence", 9),), prompts)
    model = Falls()
    plan = make_plan(model.info, benchmark, probes={"permanence/presence": Presence()})
    (planned,) = plan.probes
    assert isinstance(planned.probe, FreeHalf) and planned.clusters == 2 and plan.track == "text"
    summary = execute(model, plan, tmp_path / "run")
    (probe,) = summary.probes
    assert dict(probe.verdicts) == {"kept": 1} and dict(probe.reasons) == {"camera stands still": 1}
    assert probe.strict.value == pytest.approx(0.5)
    with pytest.raises(WsimError, match="no simulated scenarios"):
        remeasure(tmp_path / "run")


def test_nobody_has_simulated_the_answer_to_a_prompt() -> None:
    with pytest.raises(WsimError, match="nobody has simulated"):
        _ = Unsimulated({}).video


def test_still_answers_to_prompts_are_unmeasurable() -> None:
    frames = np.full((25, 64, 64, 3), 90, np.uint8)
    assert "reason" in repr(Presence().measure_free(Video(frames, 16.0), {}))
