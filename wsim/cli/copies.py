"""Models in more copies than one: `--copies N`, on the accelerators of a Ray cluster."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from wsim.contracts import Model
from wsim.errors import WsimError


@contextmanager
def answering(
    text: str, options: Mapping[str, str], *, copies: int, gpus: float | None, address: str | None
) -> Iterator[Model]:
    """The model of the command line for the length of the block: in this process, or on a cluster.

    Args:
        text: MODEL.
        options: `-m` options.
        copies: actors; with 0 the model is in this process.
        gpus: accelerators of each copy; by default 1 where the cluster has any.
        address: of the cluster.

    Raises:
        WsimError: there is no such model or cluster, or it is too small.
    """
    from wsim.models.resolve import resolve_model

    if copies == 0:
        yield resolve_model(text, options)
        return
    from wsim.runs.fleet import fleet
    from wsim.runs.on_ray import cluster, resources

    with cluster(address):
        each = gpus if gpus is not None else float(resources().get("GPU", 0.0) > 0)
        model = fleet(text, options, copies=copies, gpus=each)
        if model is None:
            raise WsimError(
                f"{text!r} looks at the scenario and cannot be sent elsewhere",
                where="--copies",
                remedy="leave --copies out: the model then answers in this process",
            )
        try:
            yield model
        finally:
            model.close()
