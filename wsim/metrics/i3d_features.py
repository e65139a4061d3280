"""Features for FVD: clips through I3D, from our own network or, for comparison, from a TorchScript file.

Axis letters: `clip`, `time` frames, `height` and `width` pixels.
"""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, UInt8

from wsim.errors import WsimError
from wsim.metrics.crc32c import masked_crc32c
from wsim.metrics.features import FeatureExtractor
from wsim.metrics.i3d import BN_EPSILON, CLASSES, I3D, Variables, check_length, seeded_variables
from wsim.metrics.resize import STRICT, network_input
from wsim.metrics.weights import Identity, find_i3d, identify, known_checksums, load_variables
from wsim.precision import float32_inference

Clips = UInt8[np.ndarray, "clip time height width 3"]
Logits = Float32[np.ndarray, "clip 400"]
SCRIPT = "i3d-torchscript"
SEEDED = Identity("seeded", 0, len(known_checksums()), "0" * 64)


class I3DFeatures:
    """400 logits a clip, by our own network.

    Args:
        variables: by the names of TensorFlow.
        identity: whose they are; it is part of every signature.
        resize: one of `wsim.metrics.resize.RESIZES`.
        bn_epsilon: 1e-3 as in the original.
        device: of torch.
    """

    dim = CLASSES

    def __init__(
        self,
        variables: Variables,
        identity: Identity,
        *,
        resize: str = STRICT,
        bn_epsilon: float = BN_EPSILON,
        device: str = "cpu",
    ) -> None:
        self.weights_fingerprint = identity.fingerprint
        self.name, self.preprocess_id = network_name(bn_epsilon), resize
        self._resize, self._device = resize, torch.device(device)
        self._network = I3D(variables, bn_epsilon=bn_epsilon).to(self._device).eval()

    def forward(self, clips: Clips) -> Logits:
        """Logits averaged over time.

        Raises:
            WsimError: fewer than 9 frames, or no such way to resize.
        """
        check_length(clips.shape[1])
        with float32_inference():
            pixels = torch.from_numpy(np.ascontiguousarray(clips)).to(self._device)
            return np.asarray(self._network(network_input(pixels, self._resize)).cpu().numpy())


class TorchScriptFeatures:
    """400 logits a clip, by the TorchScript file that StyleGAN-V made known, for comparison with its users.

    Raises:
        WsimError: the file is no TorchScript.
    """

    name = SCRIPT
    dim = CLASSES

    def __init__(self, path: Path, *, resize: str = STRICT, device: str = "cpu") -> None:
        try:
            self._network = torch.jit.load(str(path), map_location=device).eval()  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError, OSError) as error:
            raise WsimError(
                f"cannot read TorchScript: {str(error).splitlines()[0].partition('. ')[0]}",
                where=str(path),
                remedy="a state dict is not read (it would be unpickled): save it as .safetensors",
            ) from error
        self.identity = _identity_of_script(self._network)
        self.weights_fingerprint = self.identity.fingerprint
        self.preprocess_id = resize
        self._resize, self._device = resize, device

    def forward(self, clips: Clips) -> Logits:
        """Logits averaged over time.

        Raises:
            WsimError: fewer than 9 frames, or no such way to resize.
        """
        check_length(clips.shape[1])
        with float32_inference():
            pixels = torch.from_numpy(np.ascontiguousarray(clips)).to(self._device)
            given = network_input(pixels, self._resize)
            logits = self._network(given, rescale=False, resize=False, return_features=True)
            return np.asarray(logits.cpu().numpy())


def load_i3d(
    path: Path | None = None,
    *,
    resize: str = STRICT,
    bn_epsilon: float = BN_EPSILON,
    device: str = "cpu",
    any_weights: bool = False,
) -> FeatureExtractor:
    """The network of FVD, proved to be it.

    Args:
        path: of the weights; else they are looked for.
        resize: one of `wsim.metrics.resize.RESIZES`.
        bn_epsilon: 1e-3 as in the original; a TorchScript file has its own.
        device: of torch.
        any_weights: take weights that are not those of FVD; every signature then says so.

    Raises:
        WsimError: no weights, damaged ones, or others than those of FVD.
    """
    found = find_i3d(path)
    if is_torchscript(found):
        _check_epsilon(bn_epsilon, found)
        script = TorchScriptFeatures(found, resize=resize, device=device)
        _check_right(script.identity, found, any_weights)
        return script
    variables, identity = load_variables(found)
    _check_right(identity, found, any_weights)
    return I3DFeatures(variables, identity, resize=resize, bn_epsilon=bn_epsilon, device=device)


def identity_of(path: Path) -> Identity:
    """Whose weights these are, in any format that is read.

    Raises:
        WsimError: missing, damaged, of another format, or not this network.
    """
    return TorchScriptFeatures(path).identity if is_torchscript(path) else load_variables(path)[1]


def is_torchscript(path: Path) -> bool:
    """By its ending."""
    return path.suffix in (".pt", ".pth", ".torchscript")


def seeded_i3d(*, resize: str = STRICT, bn_epsilon: float = BN_EPSILON, device: str = "cpu") -> I3DFeatures:
    """The network with variables that mean nothing: it tries the machinery, and is no FVD."""
    return I3DFeatures(seeded_variables(), SEEDED, resize=resize, bn_epsilon=bn_epsilon, device=device)


def network_name(bn_epsilon: float) -> str:
    """Of our own network, as in signatures: another epsilon makes another network."""
    return "i3d" if bn_epsilon == BN_EPSILON else f"i3d-eps{bn_epsilon:g}"


def _check_epsilon(bn_epsilon: float, path: Path) -> None:
    if bn_epsilon != BN_EPSILON:
        raise WsimError(
            f"the epsilon of a TorchScript file cannot be made {bn_epsilon:g}",
            where=str(path),
            remedy="give the weights as a checkpoint of TensorFlow or as .safetensors",
        )


def _check_right(identity: Identity, path: Path, any_weights: bool) -> None:
    if not (identity.right or any_weights):
        raise WsimError(
            f"these are not the weights of FVD but {identity}",
            where=str(path),
            remedy="`wsim weights fetch i3d` brings the right ones; any_weights=True takes these, and every "
            "signature says so",
        )


def _identity_of_script(script: torch.jit.ScriptModule) -> Identity:
    """Tensors of a script go by any name: they are known by their checksums alone, kernels turned back."""
    named = {pair[column]: name for name, pair in known_checksums().items() for column in range(2)}
    found = {}
    for values in (*script.parameters(), *script.buffers()):
        array = values.detach().cpu().numpy()
        turned = array.transpose(2, 3, 4, 1, 0) if array.ndim == 5 else array
        checksum = masked_crc32c(turned.astype(np.float32))
        found[named.get(checksum, f"another tensor, {checksum}")] = checksum
    return identify(found)
