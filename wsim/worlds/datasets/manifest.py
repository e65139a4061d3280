"""What a folder of shards is, so that nothing else is ever written into it."""

import json
from pathlib import Path

import wsim
from wsim.contracts import Json
from wsim.errors import WsimError
from wsim.runs.durable import write_whole

SCHEMA = "wsim.dataset/1"
MANIFEST = "manifest.json"


def begin_manifest(folder: Path, plan: dict[str, Json]) -> None:
    """Write the manifest of a new data set, or make sure that the one in the folder is the same.

    Raises:
        WsimError: the folder holds another data set, or tar files of unknown origin; it cannot be written.
    """
    wanted = {"schema": SCHEMA, "wsim_version": wsim.__version__, **plan}
    if (folder / MANIFEST).exists():
        _refuse_another(folder, read_manifest(folder), wanted)
    elif any(folder.glob("*.tar")):
        raise WsimError(
            "the folder holds tar files but no manifest", where=str(folder), remedy="give another --out"
        )
    else:
        write_whole(folder / MANIFEST, json.dumps(wanted, indent=1) + "\n")


def read_manifest(folder: Path) -> dict[str, Json]:
    """The command's parameters, by name: families, clip, seed, twins, truth, parameters, clips.

    Raises:
        WsimError: there is no manifest, or one that cannot be read.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
            raise ValueError(f"the format is not {SCHEMA}")
    except (OSError, ValueError) as error:
        raise WsimError(
            f"no manifest of a data set: {error}",
            where=str(folder / MANIFEST),
            remedy="give a folder that `wsim render --clips` wrote",
        ) from error
    return manifest


def _refuse_another(folder: Path, there: dict[str, Json], wanted: dict[str, Json]) -> None:
    for name in dict.fromkeys((*wanted, *there)):
        if wanted.get(name) != there.get(name):
            was, now = (json.dumps(manifest.get(name)) for manifest in (there, wanted))
            raise WsimError(
                f"the folder holds another data set: its {name.replace('_', ' ')} is {was}, not {now}",
                where=str(folder / MANIFEST),
                remedy="give the command that began it to go on with it, or another --out",
            )
