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
    moves = np.zeros((len(contact.dist), 3))
    for side, sign in ((0, -1.0), (1, 1.0)):
        bodies = model.body_of_geom[contact.geom[:, side]]
        arm = contact.pos - data.xpos[np.array(model.owner)[bodies]]
        moves += sign * (prescribed[bodies, :3] + np.cross(prescribed[bodies, 3:], arm))
    return np.asarray(np.einsum("cij,cj->ci", contact.frame.reshape(-1, 3, 3), moves))


def carry_along(model: Model, data: Any, prescribed: Float64[np.ndarray, "body 6"]) -> None:
    """Let contacts damp the motion relative to what is moved by hand; between `mj_step1` and `mj_step2`.

    MuJoCo's soft constraint asks for the acceleration -b v - k r (its documentation, Computation: Constraint
    model); v is made the velocity of separation that is true.
    """
    rows = data.contact.efc_address
    pressing = np.flatnonzero(rows >= 0)
    if len(pressing):
        of_contact = rows[pressing, None] + np.arange(3)
        added = separation_m_s(model, data, prescribed)[pressing]
        data.efc_aref[of_contact] -= data.efc_KBIP[of_contact, _DAMPING] * added
