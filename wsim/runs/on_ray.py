"""Workers on a Ray cluster (extra `ray`): an actor each, on whichever machine has room.

Moritz et al., Ray: A Distributed Framework for Emerging AI Applications, OSDI 2018. Retries and time limits
are those of the crew, so Ray is told neither to restart an actor nor to try a task again.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wsim.errors import ExitCode, WsimError
from wsim.runs.crew import Came, CannotTravel, Gone, attempted

LOCAL = "local"  # a cluster of this machine, for the length of the run


@contextmanager
def cluster(address: str | None = None) -> Iterator[None]:
    """Be connected to a cluster for the length of the block; one that is connected already stays so.

    Args:
        address: `local`, `auto` for the cluster that this machine belongs to, or `host:port`; by default
            `$RAY_ADDRESS`, else `local`.

    Raises:
        WsimError: Ray is not installed, or no cluster answers.
    """
    ray = _ray()
    if ray.is_initialized():
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS") or LOCAL
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error", configure_logging=False)
    except Exception as error:  # a node that takes more than 30 s to start raises no kind of its own
        raise WsimError(
            f"no Ray cluster can be used: {' '.join(str(error).split())[:200]}",
            where=f"--address {address}",
            remedy="start one with `ray start --head`, or leave --address out to use this machine alone",
            exit_code=ExitCode.USAGE
            if isinstance(error, ConnectionError | ValueError)
            else ExitCode.INCOMPLETE,
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def resources() -> dict[str, float]:
    """What all machines of the cluster have together: `CPU`, `GPU`, bytes of `memory`."""
    return {str(kind): float(amount) for kind, amount in _ray().cluster_resources().items()}


def refuse_more_than_there_is(kind: str, wanted: float, *, option: str) -> None:
    """A worker for which there is no room would wait for ever, with its task.

    Raises:
        WsimError: the cluster has less of a resource (`CPU`, `GPU`) than is wanted.
    """
    there = resources().get(kind, 0.0)
    if wanted > there + 1e-9:
        raise WsimError(
            f"{wanted:g} {kind}s are wanted and the cluster has {there:g}",
            where=option,
            remedy=f"ask for less with {option}, or add machines with `ray start --address`",
        )


class RayWorker:
    """An actor that does what it is sent.

    Args:
        cpus: processors reserved for it.
        gpus: accelerators reserved for it; it sees no others.

    Raises:
        Gone: it died, or its machine did, before it could take a task.
    """

    def __init__(self, *, cpus: float = 1.0, gpus: float = 0.0) -> None:
        self._ray = _ray()
        actor = self._ray.remote(_Hand).options(num_cpus=cpus, num_gpus=gpus, max_restarts=0)
        self._actor = actor.remote()
        try:  # starting does not count towards the limit of a task
            self._ray.get(self._actor.ready.remote())
        except self._ray.exceptions.RayActorError as error:
            raise Gone("died, or its machine did") from error

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], limit_s: float) -> Came:
        """What comes of the function in the actor.

        Raises:
            Gone: the actor or its machine died, or took longer than `limit_s`.
            CannotTravel: the task or its result cannot be sent.
        """
        errors = self._ray.exceptions
        try:
            came: Came = self._ray.get(self._actor.do.remote(function, arguments), timeout=limit_s)
            return came
        except errors.GetTimeoutError as error:
            raise Gone(f"took longer than {limit_s:g} s") from error
        except (errors.RayActorError, errors.ObjectLostError) as error:
            raise Gone("died, or its machine did") from error
        except Exception as error:
            raise CannotTravel(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """End it, whatever it is doing."""
        if self._ray.is_initialized():
            self._ray.kill(self._actor)


class _Hand:
    """The actor."""

    def ready(self) -> bool:
        return True

    def do(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Came:
        return attempted(function, arguments)


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise WsimError(
            "Ray is not installed", where="--executor ray", remedy="pip install 'wsim[ray]'"
        ) from error
    return ray
