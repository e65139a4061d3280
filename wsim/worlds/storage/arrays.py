"""Arrays of a record as a plain `.npz` file, small and the same bytes every time.

Every array is stored with its first axis, time, running fastest in memory. What stays the same from frame to
frame then lies side by side, where deflate finds it: a third to a fifteenth less than in the usual order.
`numpy.load` reads such files like any other.
"""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from jaxtyping import Shaped

Array = Shaped[np.ndarray, "..."]

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same date in every file


def pack(arrays: Mapping[str, Array]) -> bytes:
    """The content of an `.npz` file that holds these arrays, by name."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asfortranarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue())
    return sink.getvalue()


def unpack(data: bytes) -> dict[str, Array]:
    """The arrays, in the usual order in memory.

    Raises:
        ValueError, zipfile.BadZipFile: this is no whole file of arrays.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: np.ascontiguousarray(arrays[name]) for name in arrays.files}
