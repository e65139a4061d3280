"""wsim measures how well video generators simulate a world.

`import wsim` is cheap: it loads numpy and nothing heavier. Worlds, perception, models and
runs are sub-packages that import what they need when they are used.
"""

from wsim.contracts import (
    Box,
    Camera,
    ClipFormat,
    Context,
    Event,
    MetricSpec,
    Model,
    ModelInfo,
    Probe,
    Reading,
    Region,
    Request,
    Scenario,
    Trail,
    Truth,
    Unmeasurable,
)
from wsim.errors import ExitCode, WsimError
from wsim.video import Video

__version__ = "0.1.0"

__all__ = [
    "Box",
    "Camera",
    "ClipFormat",
    "Context",
    "Event",
    "ExitCode",
    "MetricSpec",
    "Model",
    "ModelInfo",
    "Probe",
    "Reading",
    "Region",
    "Request",
    "Scenario",
    "Trail",
    "Truth",
    "Unmeasurable",
    "Video",
    "WsimError",
    "__version__",
]
