"""Results as the Hugging Face Hub reads them: `model-index` for a model card, and `.eval_results` entries.

The library of the Hub makes and checks both, so what is written here is what it will read. Formats:
https://huggingface.co/docs/hub/model-cards and https://huggingface.co/docs/hub/eval-results.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsim.errors import WsimError
from wsim.runs.results import Estimate, ProbeSummary, RunSummary
from wsim_reports.rounding import both_of
from wsim_reports.views import manifest_of
from wsim_reports.words import headline_withheld, limits
from wsim_reports.writing import write_text

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

DATASET = "wsim/{name}"  # the benchmark's id; there is no data set to download, the worlds are made
CARD, ENTRIES = "README.md", "eval_results.yaml"


def write_hub(runs: Sequence[RunSummary], folders: Sequence[Path], output: Path) -> Path:
    """The start of a model card with its results, and the same as evaluation entries; one model only.

    Args:
        runs: of one model; several benchmarks and tracks may stand in one card.
        folders: their run folders, in the same order.
        output: a folder, for `README.md` and `eval_results.yaml`, or a file that ends in `.yaml` for the
            entries alone.

    Returns:
        The card, or the file of entries.

    Raises:
        WsimError: huggingface-hub is not installed, or the runs are of different models.
    """
    _need_library()
    names = {str(run.model["name"]) for run in runs}
    if len(names) > 1:
        raise WsimError(
            f"a model card is about one model, and these are {len(names)}: {', '.join(sorted(names))}",
            where="the RUN arguments",
            remedy="write a card for each of them",
        )
    entries = _entries(runs, folders)
    if output.suffix in (".yaml", ".yml"):
        return write_text(output, ENTRIES, entries)
    output.mkdir(parents=True, exist_ok=True)
    (output / ENTRIES).write_text(entries, encoding="utf-8", newline="\n")
    return write_text(output, CARD, _card(names.pop(), runs))


def eval_results(run: RunSummary) -> "list[EvalResult]":
    """The headline, every whole suite and every ranked probe of a run; what has no rank is left out."""
    found = []
    if run.headline.value is not None and not run.partial:
        found.append(_result(run, "headline", run.headline))
    for suite in run.suites:
        if suite.complete and not run.partial and suite.strict.value is not None:
            found.append(_result(run, suite.name, suite.strict))
        found += [_result(run, probe.name, probe.strict, probe) for probe in suite.probes if probe.ranked]
    return found


def _result(
    run: RunSummary, name: str, estimate: Estimate, probe: ProbeSummary | None = None
) -> "EvalResult":
    from huggingface_hub import EvalResult

    arguments: dict[str, Any] = {
        "interval_95": [estimate.low, estimate.high],
        "worlds": estimate.clusters,
        "clips": estimate.n,
        "clip": run.format,
        "seed": run.seed,
        "benchmark_digest": str(run.benchmark.get("digest") or ""),
    }
    if probe is not None:
        arguments |= {"coverage": probe.coverage, "probe_version": probe.version}
    benchmark = run.benchmark
    return EvalResult(
        task_type=_task(run),
        task_name=f"world simulation ({run.track} track)",
        dataset_type=DATASET.format(name=benchmark["name"]),
        dataset_name=f"wsim {benchmark['name']}/{benchmark['version']}",
        dataset_config=run.track,
        metric_type="strict_skill",
        metric_name=f"{name}: strict skill",
        metric_args=arguments,  # of the data set they would be those of the first metric, for all of them
        metric_value=round(estimate.value or 0.0, 4),
    )


def _task(run: RunSummary) -> str:
    return {"text": "text-to-video", "image": "image-to-video"}.get(run.track, "video-to-video")


def _card(name: str, runs: Sequence[RunSummary]) -> str:
    from huggingface_hub import ModelCard, ModelCardData

    results = [result for run in runs for result in eval_results(run)]
    data = ModelCardData(
        model_name=name,
        pipeline_tag=_task(runs[0]),
        tags=["video-generation", "world-model", "wsim"],
        eval_results=results or None,
    )
    body = "\n".join(_told(run) for run in runs)
    return str(ModelCard(f"---\n{data.to_yaml(line_break=chr(10))}\n---\n\n# {_plain(name)}\n\n{body}"))


def _told(run: RunSummary) -> str:
    """Where the numbers come from, and what was left out of them."""
    withheld = headline_withheld(run)
    known = [f"- {_plain(text)}" for text in limits(run)]
    if known:
        known = ["", "Before you quote a number (what has no rank is left out above):", "", *known]
    heading = f"## wsim {run.benchmark['name']}/{run.benchmark['version']}, track {run.track}"
    return "\n".join(
        [heading, "", _plain(withheld) or f"Headline {both_of(run.headline)}.", "",
         "Strict skill: 0 is what standing still scores, 1 the lawful render.", "",
         f"`{_plain(run.signature)}`", *known, ""]
    )  # fmt: skip


def _entries(runs: Sequence[RunSummary], folders: Sequence[Path]) -> str:
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml
    from huggingface_hub.utils import yaml_dump

    entries = []
    for run, folder in zip(runs, folders, strict=True):
        manifest = manifest_of(folder)
        for result in eval_results(run):
            name = str(result.metric_name).removesuffix(": strict skill")
            entries.append(
                EvalResultEntry(
                    dataset_id=result.dataset_type,
                    task_id=f"{run.track}/{name}",
                    value=result.metric_value,
                    date=manifest.started if manifest and manifest.started else None,
                    notes=run.signature,
                )
            )
    text: str = yaml_dump(eval_result_entries_to_yaml(entries))
    return text


def _plain(text: str) -> str:
    """On one line, and no markup."""
    return " ".join(text.split()).replace("`", "'").replace("<", "&lt;")


def _need_library() -> None:
    try:
        import huggingface_hub
    except ImportError as error:
        raise WsimError(
            "the Hugging Face format needs the package huggingface-hub",
            where="--format hf",
            remedy="install it: pip install 'wsim[hub]'",
        ) from error
    if not hasattr(huggingface_hub, "eval_result_entries_to_yaml"):
        raise WsimError(
            f"huggingface-hub {huggingface_hub.__version__} is too old for evaluation entries",
            where="--format hf",
            remedy="install a newer one: pip install -U 'wsim[hub]'",
        )
