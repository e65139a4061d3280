"""`wsim generate`: one video from a model, to look at."""

import dataclasses
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from wsim.cli.arguments import ModelOptions, parse_clip
from wsim.contracts import ClipFormat, Context, Json, Model, ModelInfo, Privileged, Request
from wsim.errors import RAISED_ELSEWHERE, WsimError
from wsim.video import Frames, Video

DEFAULT_CLIP = ClipFormat(25, 64, 64, 16.0)


def generate(
    model: Annotated[
        str | None, typer.Argument(metavar="MODEL", help="As for `wsim score`.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="PATH", help="The video: .mp4, or .mkv for exact pixels."),
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="What should be seen.")] = None,
    first_frame: Annotated[Path | None, typer.Option(help="A picture to begin with.")] = None,
    context: Annotated[Path | None, typer.Option(help="A video to go on from.")] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed, another video.")] = 0,
    frames: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Frames; by default the model's own.")
    ] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="By default the model's own.")] = None,
    fps: Annotated[float | None, typer.Option(metavar="N", help="By default the model's own.")] = None,
    sign: Annotated[
        Path | None,
        typer.Option(
            metavar="CHAIN.pem", help="Sign the .mp4 (C2PA) with these certificates; needs the extra c2pa."
        ),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="KEY.pem", help="The private key that belongs to --sign.")
    ] = None,
    m: ModelOptions = None,
    requests_out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Generate nothing: write a benchmark's requests, as `wsim questions`."
        ),
    ] = None,
    benchmark: Annotated[str, typer.Option(metavar="NAME", help="With --requests-out.")] = "quick",
    track: Annotated[str, typer.Option(metavar="NAME", help="With --requests-out.")] = "image",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="With --requests-out.")] = None,
) -> None:
    """Generate one video from words, a picture, or the beginning of a video."""
    if requests_out is not None:
        from wsim.cli.questions import questions

        questions(requests_out, benchmark, track, limit, frames, size, fps)
        return
    if model is None or out is None:
        raise WsimError(
            "which model?" if model is None else "where to?",
            where="the command line",
            remedy="give MODEL and --out, or --requests-out DIR for a model elsewhere",
        )
    signing = _signing(sign, key, out)
    _generate(model, out, prompt, first_frame, context, (seed, frames, size, fps), m or [], signing)


def _signing(chain: Path | None, key: Path | None, out: Path) -> tuple[Path, Path] | None:
    """The certificates and the key to sign with, before anything is generated in vain."""
    if chain is None and key is None:
        return None
    if chain is None or key is None or out.suffix != ".mp4":
        half = chain is None or key is None
        raise WsimError(
            "a signature takes certificates and a key" if half else f"{out.suffix} files are not signed",
            where="--sign and --key" if half else str(out),
            remedy="give --sign CHAIN.pem --key KEY.pem, and --out NAME.mp4",
        )
    return chain, key


def _generate(
    model: str,
    out: Path,
    prompt: str | None,
    first_frame: Path | None,
    context: Path | None,
    asked: tuple[int, int | None, str | None, float | None],
    options: list[str],
    signing: tuple[Path, Path] | None,
) -> None:
    from wsim.cli.pictures import write_clip
    from wsim.runs.durable import telling

    if prompt is None and first_frame is None and context is None:
        raise WsimError(
            "nothing to generate from",
            where="the command line",
            remedy="give --prompt, --first-frame or --context",
        )
    seed, frames, size, fps = asked
    known = _given_frames(first_frame, context)
    answering = contestant(model, options)
    clip = _clip(answering.info, known, frames, size, fps)
    request = Request(clip.num_frames, (clip.height, clip.width), clip.fps, seed, text=prompt)
    if known is not None:
        _fits(known, clip, where=str(context or first_frame))
        request = dataclasses.replace(request, context=Context(known, tuple(range(len(known)))))
    _accepts(answering.info, request)
    video = answered(answering, request, where=model)
    with telling(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        if signing is None:
            write_clip(out, video)
        else:
            _write_signed(out, video, signing, answering.info, request)
    typer.echo(f"{out}: {clip}, seed {seed}{', signed' if signing else ''}")


def contestant(model: str, options: list[str]) -> Model:
    """The model of that name.

    Raises:
        WsimError: there is none, or it answers scenarios and no requests.
    """
    from wsim.models.options import split_options
    from wsim.models.resolve import resolve_model

    found = resolve_model(model, split_options(options))
    if isinstance(found, Privileged):
        raise WsimError(
            f"{found.info.name} answers scenarios, not requests",
            where="MODEL",
            remedy="`wsim render` shows worlds",
        )
    return found


def answered(model: Model, request: Request, *, where: str) -> Video:
    """The model's video, if it is one and what was asked for.

    Raises:
        WsimError: the model fails, or gives something else.
    """
    from wsim.runs.answers import failure_of, wrong_with

    try:
        video = next(iter(model.generate([request])), None)
    except WsimError:
        raise
    except RAISED_ELSEWHERE as error:
        raise WsimError(
            failure_of("the model", error).reason,
            where=where,
            remedy="WSIM_DEBUG=1 shows the whole traceback",
        ) from error
    wrong = "the model gave no video" if video is None else wrong_with(video, request)
    if video is None or wrong:
        raise WsimError(str(wrong), where=where, remedy="`wsim check MODEL` shows what else is not in order")
    return video


def _write_signed(
    out: Path, video: Video, signing: tuple[Path, Path], info: ModelInfo, request: Request
) -> None:
    """Write an mp4 whose signature tells the model, its weights, the seed and the request by digest."""
    from wsim.credentials import sign_video
    from wsim.video import write_preview

    told: dict[str, Json] = {
        "model": info.name,
        "weights": info.digest,
        "seed": request.seed,
        "request": request.digest,
    }
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".signing-") as folder:
        plain, signed = Path(folder) / "plain.mp4", Path(folder) / out.name
        write_preview(plain, video)
        sign_video(plain, signed, chain=signing[0], key=signing[1], told=told)
        signed.replace(out)


def _given_frames(first_frame: Path | None, context: Path | None) -> Frames | None:
    from wsim.cli.pictures import read_picture
    from wsim.video import read_video

    if first_frame and context:
        raise WsimError(
            "both a first frame and a context are given", where="the command line", remedy="give one of them"
        )
    if first_frame:
        return read_picture(first_frame)[None]
    return read_video(context).frames if context else None


def _clip(
    info: ModelInfo, known: Frames | None, frames: int | None, size: str | None, fps: float | None
) -> ClipFormat:
    """What was asked for; the rest as the model likes it, else as the given picture is."""
    own = info.formats[0] if info.formats else DEFAULT_CLIP
    if known is not None and not info.formats:
        own = dataclasses.replace(own, height=known.shape[1], width=known.shape[2])
    return parse_clip(frames or own.num_frames, size or f"{own.width}x{own.height}", fps or own.fps)


def _fits(known: Frames, clip: ClipFormat, *, where: str) -> None:
    if known.shape[1:3] != (clip.height, clip.width) or len(known) >= clip.num_frames:
        got = f"{len(known)} frames of {known.shape[2]}x{known.shape[1]}"
        raise WsimError(
            f"the given {got} do not begin a clip of {clip.num_frames} frames of {clip.width}x{clip.height}",
            where=where,
            remedy="give the clip's size and fewer frames than it has; nothing is resized",
        )


def _accepts(info: ModelInfo, request: Request) -> None:
    """Say so when a model would ignore what it is given."""
    shown = len(request.context.indices) if request.context else 0
    needed = ({"text"} if request.text is not None else set()) | (
        {"first_frame"} if shown == 1 else {"context"} if shown else set()
    )
    if missing := needed - info.accepts:
        raise WsimError(
            f"{info.name} does not accept {', '.join(sorted(missing))}",
            where="the command line",
            remedy=f"it accepts {', '.join(sorted(info.accepts))}",
        )
