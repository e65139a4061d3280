"""Content credentials (C2PA): generated videos are signed, and signatures of given videos are read.

A signature says who made a file, and of what; a byte that has changed since breaks it. It proves nothing
about what is seen, so no score depends on it. Specification: C2PA 2, https://spec.c2pa.org. Needs wsim[c2pa].
"""

import importlib
import importlib.util
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from wsim.contracts import Json
from wsim.errors import WsimError

SIGNABLE = (".mp4", ".m4v", ".mov")
LABEL = "org.wsim.request"
_MADE_BY_A_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_ALGORITHMS = {"secp256r1": b"es256", "secp384r1": b"es384", "secp521r1": b"es512"}

State = Literal["trusted", "valid", "broken"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a file says of its origin.

    Attributes:
        state: `trusted` (by a known authority), `valid` (whole, from whoever has that key) or `broken` (the
            file is not what was signed).
        issuer: the organisation of the certificate.
        generator: the software that made the claim.
        told: what wsim wrote of the request, if it did: model, digest of the weights, seed, digest.
    """

    state: State
    issuer: str
    generator: str
    told: Mapping[str, Json]


def sign_video(source: Path, target: Path, *, chain: Path, key: Path, told: Mapping[str, Json]) -> None:
    """Write a signed copy of an mp4; the pictures stay as they are, bit by bit.

    Args:
        source: the video.
        target: where the signed one goes.
        chain: certificates in PEM, the signer's first, then those that vouch for it.
        key: the signer's private key in PEM, without a password.
        told: what is put on record; no secrets, it stands there in clear.

    Raises:
        WsimError: c2pa is not installed, or the certificates or the key cannot be used.
    """
    c2pa = _library()
    claim = {
        "claim_generator_info": [{"name": "wsim"}],
        "format": "video/mp4",
        "title": target.name,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [_created(told)]}},
            {"label": LABEL, "data": dict(told)},
        ],
    }
    try:
        info = c2pa.C2paSignerInfo(
            alg=_algorithm(key), sign_cert=chain.read_bytes(), private_key=key.read_bytes(), ta_url=None
        )
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(claim)) as builder:
            _sign(builder, signer, source, target)
    except (OSError, ValueError, c2pa.C2paError) as error:
        raise WsimError(
            f"cannot sign: {' '.join(str(error).split())[:200]}",
            where=f"{chain}, {key}",
            remedy="give the chain (signer first) and its private key in PEM, made for signing content",
        ) from error


def _sign(builder: Any, signer: Any, source: Path, target: Path) -> None:
    """Sign, and leave nothing behind where that fails: c2pa leaves the copy without its signature."""
    try:
        builder.sign_file(str(source), str(target), signer)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _created(told: Mapping[str, Json]) -> dict[str, Json]:
    agent: dict[str, Json] = {"name": str(told.get("model", "unknown"))}
    return {"action": "c2pa.created", "digitalSourceType": _MADE_BY_A_MODEL, "softwareAgent": agent}


def _algorithm(key: Path) -> bytes:
    """The signature algorithm that a private key is for, by its kind.

    Raises:
        ValueError: no private key, one with a password, or of a kind that is not used.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        loaded = load_pem_private_key(key.read_bytes(), password=None)
    except TypeError as error:  # a password is wanted
        raise ValueError(str(error)) from error
    if isinstance(loaded, ec.EllipticCurvePrivateKey) and loaded.curve.name in _ALGORITHMS:
        return _ALGORITHMS[loaded.curve.name]
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(loaded, rsa.RSAPrivateKey):
        return b"ps256"
    raise ValueError(f"keys of the kind {type(loaded).__name__} sign no content")


def read_credentials(path: Path) -> Credentials | None:
    """What a file says of its origin; None if it is not signed.

    Raises:
        WsimError: c2pa is not installed, or the file cannot be read.
    """
    c2pa = _library()
    try:
        with c2pa.Reader(str(path)) as reader:
            content = json.loads(reader.json())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in str(error) or "NotSupported" in str(error):
            return None
        raise WsimError(
            f"cannot read the signature: {' '.join(str(error).split())[:200]}",
            where=str(path),
            remedy="the file may be damaged",
        ) from error
    return _credentials(content)


def _credentials(content: Mapping[str, Any]) -> Credentials:
    manifest = content["manifests"][content["active_manifest"]]
    states: Mapping[str, State] = {"Trusted": "trusted", "Valid": "valid"}
    told = [one["data"] for one in manifest.get("assertions", []) if one["label"] == LABEL]
    return Credentials(
        states.get(content.get("validation_state", ""), "broken"),
        str(manifest.get("signature_info", {}).get("issuer") or "unknown"),
        str((manifest.get("claim_generator_info") or [{}])[0].get("name") or "unknown"),
        told[0] if told else {},
    )


def remarks_on(paths: Iterable[Path]) -> tuple[str, ...]:
    """What a reader of a run must know of the signatures of its videos; nothing where none is signed.

    Without wsim[c2pa] signatures are not looked for.
    """
    if importlib.util.find_spec("c2pa") is None:
        return ()
    files = [path for path in paths if path.suffix.lower() in SIGNABLE]
    found = []
    for path in files:
        try:
            found.append((path, read_credentials(path)))
        except WsimError:
            continue  # whoever reads the pictures will say that it is damaged
    signed = [(path, credentials) for path, credentials in found if credentials]
    if not signed:
        return ()
    broken = [path.name for path, credentials in signed if credentials.state == "broken"]
    makers = Counter(_maker(credentials) for _, credentials in signed if credentials.state != "broken")
    who = "; ".join(f"{number} by {maker}" for maker, number in makers.most_common(3))
    told = [f"{len(signed)} of {len(files)} videos are signed (C2PA)" + (f": {who}" if who else "")]
    if broken:
        told.append(
            f"the signature of {len(broken)} is broken, they were changed since: {', '.join(broken[:3])}"
        )
    return tuple(told)


def _maker(credentials: Credentials) -> str:
    model = credentials.told.get("model") or credentials.generator
    trust = "a trusted authority vouches" if credentials.state == "trusted" else "nobody known vouches"
    return f"{model}, signed by {credentials.issuer} ({trust})"


def _library() -> Any:
    try:
        return importlib.import_module("c2pa")
    except ImportError as error:
        raise WsimError(
            "signatures need c2pa", where=str(error), remedy="pip install 'wsim[c2pa]'"
        ) from error
