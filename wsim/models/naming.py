"""Reading file names: globs with named groups, and prompts as people put them into names.

`-m names='{prompt}/seed_{seed}/*.mp4'` finds `a red ball falls/seed_811/final.mp4`. `*`, `?` and `**` are as
in any glob; `{scenario}` may span folders; `{prompt}`, `{seed}` and `{index}` stay within one name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from wsim.errors import WsimError

GROUPS: Mapping[str, str] = {
    "scenario": r".+?",
    "prompt": r"[^/]+?",
    "seed": r"\d+",
    "index": r"\d+",
}
_WILD = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
_TOKEN = re.compile(r"\{(?P<group>[^{}]*)\}|(?P<wild>\*\*/|\*\*|\*|\?)|(?P<plain>.)", re.DOTALL)
_SAMPLED = re.compile(r"(?P<prompt>.+)-(?P<index>\d+)")  # VBench: PROMPT-0.mp4


@dataclass(frozen=True)
class Named:
    """What a name says of a video; None for what it does not."""

    scenario: str | None = None
    prompt: str | None = None
    seed: int | None = None
    index: int | None = None


def compiled(pattern: str) -> re.Pattern[str]:
    """A glob with named groups as a regular expression for whole relative paths.

    Raises:
        WsimError: a group that is not known or comes twice, or neither `{scenario}` nor `{prompt}`.

    Example:
        >>> bool(compiled("{prompt}/*/{index}.mp4").fullmatch("a ball/x/0.mp4"))
        True
    """
    parts, seen = [], []
    for token in _TOKEN.finditer(pattern):
        if token["group"] is not None:
            seen.append(token["group"])
            parts.append(f"(?P<{token['group']}>{GROUPS.get(token['group'], '')})")
        else:
            parts.append(_WILD[token["wild"]] if token["wild"] else re.escape(token["plain"]))
    useful = {"scenario", "prompt"} & set(seen)
    if set(seen) - set(GROUPS) or len(seen) != len(set(seen)) or not useful:
        raise WsimError(
            f"cannot find answers by {pattern!r}",
            where="-m names",
            remedy="use {scenario} or {prompt}, each once, with {seed}, {index}, * and **",
        )
    return re.compile("".join(parts), re.DOTALL)


def named_by(pattern: re.Pattern[str], path: str) -> Named | None:
    """What a pattern reads off a relative path; None if it does not match."""
    match = pattern.fullmatch(path)
    if match is None:
        return None
    groups = match.groupdict()
    scenario = groups.get("scenario")
    seed, index = (groups.get(name) for name in ("seed", "index"))
    return Named(
        scenario.replace("__", "/") if scenario else None,
        groups.get("prompt"),
        int(seed) if seed else None,
        int(index) if index else None,
    )


def named_plainly(stem: str) -> Named:
    """What a relative path without suffix says by itself: a scenario, or VBench's `PROMPT-INDEX`.

    Example:
        >>> named_plainly("out/a red ball-3").prompt
        'a red ball'
    """
    scenario, last = stem.replace("__", "/"), PurePosixPath(stem).name
    sampled = _SAMPLED.fullmatch(last)
    if sampled is None:
        return Named(scenario, last)
    return Named(scenario, sampled["prompt"], None, int(sampled["index"]))


def same_words(prompt: str) -> str:
    """A prompt as it survives in a file name: words only, in lower case.

    Example:
        >>> same_words("A red ball, falling.") == same_words("a_red_ball__falling")
        True
    """
    return " ".join(re.findall(r"\w+", prompt.casefold().replace("_", " ")))
