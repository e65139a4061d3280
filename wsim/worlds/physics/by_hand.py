"""Contacts with bodies that are moved by hand. MuJoCo takes them for ever at rest; they are not.

Axis letters: `contact`, `body` of the scene.
"""

from typing import Any

import numpy as np
from jaxtyping import Float64

from wsim.worlds.physics.model import Model

_DAMPING = 1  # the column of MuJoCo's `efc_KBIP`


def separation_m_s(
    model: Model, data: Any, prescribed: Float64[np.ndarray, "body 6"]
) -> Float64[np.ndarray, "contact 3"]:
    """What the bodies that are moved by hand add to the velocity of separation of every contact.

    Args:
        model: of the scene.
        data: MuJoCo's state, after `mj_step1`.
        prescribed: velocity (m/s, rad/s) of the bodies that are moved by hand, zero elsewhere.

    Returns:
        Along the normal and the two tangents of the contact.
    """
    contact = data.contact
    bodies = model.body_of_geom[contact.geom]
    moves = np.zeros((len(bodies), 3))
    touched = np.flatnonzero((prescribed != 0.0)[bodies].any(axis=(1, 2)))
    if len(touched):
        for side, sign in ((0, -1.0), (1, 1.0)):
            rates = prescribed[bodies[touched, side]]
            arm = contact.pos[touched] - data.xpos[model.owner][bodies[touched, side]]
            moves[touched] += sign * (rates[:, :3] + np.cross(rates[:, 3:], arm))
        frames = contact.frame[touched].reshape(-1, 3, 3)
        moves[touched] = (frames @ moves[touched, :, None])[..., 0]
    return moves


def carry_along(model: Model, data: Any, prescribed: Float64[np.ndarray, "body 6"]) -> None:
    """Let contacts damp the motion relative to what is moved by hand; between `mj_step1` and `mj_step2`.

    MuJoCo's soft constraint asks for the acceleration -b v - k r (its documentation, Computation: Constraint
    model); v is made the velocity of separation that is true.
    """
    added = separation_m_s(model, data, prescribed)
    rows = data.contact.efc_address
    pressing = np.flatnonzero((rows >= 0) & added.any(axis=1))
    if len(pressing):
        of_contact = rows[pressing, None] + np.arange(3)
        data.efc_aref[of_contact] -= data.efc_KBIP[of_contact, _DAMPING] * added[pressing]
