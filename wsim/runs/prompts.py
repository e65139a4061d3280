"""Prompts: questions in words alone, with what is known of a right answer, in one TOML file a suite.

```toml
suite = "permanence"
version = 1
[[prompt]]
id = "train-through-tunnel"
text = "A toy train drives into a tunnel and comes out on the other side."
probes = ["permanence/presence"]
hints = { camera = "still", count = 1 }
```
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wsim.contracts import Json
from wsim.errors import WsimError
from wsim.runs.hints import checked

LONGEST = 400  # characters: what most text encoders take in


@dataclass(frozen=True)
class Prompt:
    """One prompt. `probes` are those that can read an answer to it."""

    suite: str
    id: str
    text: str
    probes: tuple[str, ...]
    hints: Mapping[str, Json] = field(default_factory=dict)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Prompt(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    text: Annotated[str, Field(min_length=10, max_length=LONGEST)]
    probes: Annotated[list[Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")]], Field(min_length=1)]
    hints: dict[str, Any] = {}


class _File(_Strict):
    suite: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    version: Annotated[int, Field(gt=0)]
    prompt: Annotated[list[_Prompt], Field(min_length=1)]


def load_prompts(folder: Path | Traversable) -> tuple[Prompt, ...]:
    """All prompts of a folder, in the order of its files.

    Raises:
        WsimError: no files, a field that is missing, unknown or wrong, or a prompt that is there twice.
    """
    files = []
    if folder.is_dir():
        files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    found = [prompt for file in files for prompt in _parse(file.read_text(encoding="utf-8"), str(file))]
    if not found:
        raise WsimError("there are no prompts", where=str(folder), remedy="put SUITE.toml files there")
    for what in ("id", "text"):
        seen: set[str] = set()
        for prompt in found:
            key = f"{prompt.suite}.{prompt.id}" if what == "id" else prompt.text
            if key in seen:
                raise WsimError(f"the {what} {key!r} is there twice", where=str(folder), remedy="keep one")
            seen.add(key)
    return tuple(found)


def _parse(text: str, where: str) -> list[Prompt]:
    try:
        content = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WsimError(f"not valid TOML: {error}", where=where, remedy="mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WsimError(
            f"{place}: {first['msg'].lower()}",
            where=where,
            remedy="a file has suite, version and [[prompt]] with id, text, probes and hints",
        ) from error
    return [
        Prompt(content.suite, p.id, p.text, tuple(p.probes), checked(p.hints, where=f"{where}, {p.id}"))
        for p in content.prompt
    ]
