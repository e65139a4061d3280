"""A benchmark: which probes, how many worlds each, which seed, which clip. A TOML file, frozen by version.

```toml
name = "quick"
version = 1
seed = 7
[clip]
num_frames = 25
height = 64
width = 64
fps = 16.0
[[probe]]
name = "geometry/rigidity"
clusters = 12
```
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsim.contracts import ClipFormat, Json, digest_of
from wsim.errors import WsimError
from wsim.registry import find
from wsim.runs.prompts import Prompt, load_prompts


@dataclass(frozen=True, slots=True)
class ProbeUse:
    """A probe by name, asked about `clusters` worlds.

    Attributes:
        beside: whether it is shown beside its suite and left out of the suite's mean, whoever is asked:
            not every model that can enter the track can be, and those that cannot must keep their headline.
    """

    probe: str
    clusters: int
    beside: bool = False


@dataclass(frozen=True)
class Benchmark:
    """A frozen list of questions. `digest` covers everything that decides which scenarios are asked.

    Attributes:
        name: for people and signatures.
        version: raised whenever a score could change.
        seed: of all its scenarios.
        clip: the format for models that make whatever they are asked for.
        uses: the probes, in the order in which they are run.
        prompts: what is asked instead of simulated worlds, if it is; only free halves of probes read it.
    """

    name: str
    version: int
    seed: int
    clip: ClipFormat
    uses: tuple[ProbeUse, ...]
    prompts: tuple[Prompt, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, whatever the file looked like."""
        probes: list[Json] = [
            {"name": use.probe, "clusters": use.clusters, **({"beside": True} if use.beside else {})}
            for use in self.uses
        ]
        asked: dict[str, Json] = {}
        if self.prompts:
            told: list[Json] = [[p.suite, p.id, p.text, list(p.probes), dict(p.hints)] for p in self.prompts]
            asked = {"prompts": told}
        return digest_of(
            {
                **asked,
                "schema": "wsim.benchmark/1",
                "name": self.name,
                "version": self.version,
                "seed": self.seed,
                "clip": str(self.clip),
                "probes": probes,
            }
        )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Count = Annotated[int, Field(gt=0)]


class _Clip(_Strict):
    num_frames: Annotated[int, Field(ge=2)]
    height: Count
    width: Count
    fps: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Use(_Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")]
    clusters: Count
    beside: bool = False


class _File(_Strict):
    name: Annotated[str, Field(min_length=1)]
    version: Count
    seed: Annotated[int, Field(ge=0)]
    clip: _Clip
    prompts: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] | None = None
    probe: Annotated[list[_Use], Field(min_length=1)]


def load_benchmark(name_or_path: str | Path) -> Benchmark:
    """The benchmark of that name (entry point `wsim.benchmarks`), or in that TOML file.

    Raises:
        WsimError: there is none, or a field of the file is missing, unknown or wrong.
    """
    text = str(name_or_path)
    if text.endswith(".toml"):
        return _parse(_read(Path(text)), where=text, beside=Path(text).parent)
    package, _, file = find("benchmarks", text).entry.value.partition(":")
    resource = files(package) / file
    return _parse(resource.read_text(encoding="utf-8"), where=f"{package}/{file}", beside=files(package))


def single(
    probe_names: Sequence[str], *, seed: int = 7, clusters: int = 12, clip: ClipFormat | None = None
) -> Benchmark:
    """A benchmark made on the spot, for asking one suite or one probe; its name says what is in it."""
    suites = {name.partition("/")[0] for name in probe_names}
    name = probe_names[0] if len(probe_names) == 1 else "+".join(sorted(suites))
    uses = tuple(ProbeUse(probe, clusters) for probe in probe_names)
    return Benchmark(f"probe:{name}", 1, seed, clip or ClipFormat(25, 64, 64, 16.0), uses)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WsimError(
            f"cannot read the benchmark: {error}",
            where=str(path),
            remedy="give a TOML file, or a name shown by `wsim list benchmarks`",
        ) from error


def _parse(text: str, *, where: str, beside: Path | Traversable) -> Benchmark:
    try:
        content = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WsimError(f"not valid TOML: {error}", where=where, remedy="mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise WsimError(
            f"{_dotted(first['loc'])}: {first['msg'].lower()}",
            where=where,
            remedy=f"fields are {', '.join(_File.model_fields)}; `wsim show quick` prints a whole one",
        ) from error
    uses = tuple(ProbeUse(use.name, use.clusters, use.beside) for use in content.probe)
    twice = sorted({use.probe for use in uses if [u.probe for u in uses].count(use.probe) > 1})
    if twice:
        raise WsimError(f"probe {twice[0]!r} is listed twice", where=where, remedy="list it once")
    clip = ClipFormat(content.clip.num_frames, content.clip.height, content.clip.width, content.clip.fps)
    prompts = load_prompts(beside / content.prompts) if content.prompts else ()
    return Benchmark(content.name, content.version, content.seed, clip, uses, prompts)


def _dotted(location: tuple[int | str, ...]) -> str:
    """`("probe", 0, "clusters")` as `probe[0].clusters`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".")
