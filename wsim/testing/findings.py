"""What a check found: `ok`, a `warning` that may be meant, or `failed`, which breaks the contract."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from wsim.errors import WsimError

Level: TypeAlias = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list that `wsim check` prints; `advice` is what to do about it."""

    check: str
    level: Level
    message: str = ""
    advice: str = ""


def assert_ok(findings: Sequence[Finding]) -> None:
    """Hold a model or a probe to its contract; warnings pass.

    Raises:
        AssertionError: something failed; the message lists all of it.
    """
    failed = [f"{finding.check}: {finding.message}" for finding in findings if finding.level == "failed"]
    if failed:
        raise AssertionError("\n".join(failed))


def run_check(name: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of one check; what it raises is a finding too, and silence means that all is well."""
    try:
        found = list(check())
    except WsimError as error:
        return [Finding(name, "failed", error.problem, error.remedy)]
    except Exception as error:
        line = str(error).splitlines()[0] if str(error) else ""
        return [Finding(name, "failed", f"{type(error).__name__}: {line}")]
    return found or [Finding(name, "ok")]


def failed(check: str, message: str, advice: str = "") -> Finding:
    """The contract is broken."""
    return Finding(check, "failed", message, advice)


def warning(check: str, message: str, advice: str = "") -> Finding:
    """Allowed, but seldom meant."""
    return Finding(check, "warning", message, advice)
