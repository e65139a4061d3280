"""Newton's law of restitution, added to MuJoCo's soft contacts.

A soft contact lets bodies sink into each other and gives or takes energy. This pass finds contacts that
have begun within the last step, goes back to the instant of the touch, exchanges the impulses that
Newton's law asks for, v_n' = -e v_n, and moves the bodies on to the end of the step with their new
velocities. The contact is over before MuJoCo could act on it. Impacts are without friction.

Impulses of simultaneous impacts are solved together by projected Gauss-Seidel on
J M^-1 J^T lambda = v' - v, lambda >= 0 (Moreau's impact law).

Axis letters: `hit` contacts that are impacts, `dof` degrees of freedom, `contact`, `body` of the scene.
"""

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Bool, Float64, Int64

from wsim.worlds.physics.model import Model

MIN_APPROACH_M_S = 0.05  # slower contacts are left to rest under MuJoCo's soft contact
_HALF_A_STEP_M_S = 0.03  # how far a velocity may be off that is half a step old
_SWEEPS = 30


@dataclass(frozen=True)
class Hits:
    """Impacts of one step, with the state at the instant of each touch.

    Attributes:
        bodies: the two bodies of the scene, the lower index first.
        age_s: how long before the end of the step they touched.
        impulse_n_s: along the normal, by the impact law.
        response: M^-1 J^T, the change of all rates by a unit of each impulse.
    """

    bodies: Int64[np.ndarray, "hit 2"]
    age_s: Float64[np.ndarray, " hit"]
    impulse_n_s: Float64[np.ndarray, " hit"]
    response: Float64[np.ndarray, "hit dof"]


def fast_contacts(
    model: Model, data: Any, prescribed: Float64[np.ndarray, "body 6"]
) -> Bool[np.ndarray, " contact"]:
    """Which contacts may be impacts: those whose bodies approach each other, roughly, fast enough.

    Args:
        model: of the scene.
        data: MuJoCo's state, after `mj_step1`.
        prescribed: velocity (m/s, rad/s) of the bodies that are moved by hand, zero elsewhere.
    """
    # Contacts that press on nothing have the address -1.
    speed = np.append(data.efc_vel, 0.0)[data.contact.efc_address]
    if prescribed.any():
        speed += _by_hand(model, data, prescribed)
    fast: Bool[np.ndarray, " contact"] = speed < _HALF_A_STEP_M_S - MIN_APPROACH_M_S
    return fast


def impacts(
    model: Model,
    data: Any,
    candidates: list[int],
    restitution: Float64[np.ndarray, " body"],
    prescribed: Float64[np.ndarray, "body 6"],
) -> Hits:
    """The impacts among some contacts; changes nothing.

    Args:
        model: of the scene.
        data: MuJoCo's state, after `mj_forward`. `qvel` lags half a step behind `qpos` (leapfrog).
        candidates: indices of contacts.
        restitution: of every body; that of a pair is the product.
        prescribed: velocity (m/s, rad/s) of the bodies that are moved by hand, zero elsewhere.
    """
    step_s = model.mujoco.opt.timestep
    velocity = data.qvel + 0.5 * step_s * data.qacc_smooth  # qvel is half a step old
    by_hand = _by_hand(model, data, prescribed)
    pairs, rows, ages, wanted = [], [], [], []
    for index in candidates:
        contact = data.contact[index]
        row = _normal_row(model.mujoco, data, contact)
        speed, acceleration = float(row @ velocity + by_hand[index]), float(row @ data.qacc_smooth)
        if speed > -MIN_APPROACH_M_S:
            continue
        first_guess_s = contact.dist / speed
        age_s = min(step_s, max(0.0, contact.dist / (speed - 0.5 * acceleration * first_guess_s)))
        pair = sorted(model.body_of_geom[contact.geom].tolist())
        pairs.append(pair)
        rows.append(row)
        ages.append(age_s)
        bounce = 1.0 + restitution[pair[0]] * restitution[pair[1]]
        wanted.append(-bounce * (speed - acceleration * age_s))
    jacobian = np.array(rows).reshape(-1, model.mujoco.nv)
    response = np.zeros_like(jacobian)
    if rows:
        mujoco.mj_solveM(model.mujoco, data, response, jacobian)
    impulse = _solve(np.array(wanted), jacobian @ response.T)
    return Hits(np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(ages), impulse, response)


def bounce(model: Model, data: Any, hits: Hits) -> None:
    """Exchange the impulses of the impacts; changes `data.qpos` and `data.qvel`."""
    data.qvel[:] += hits.impulse_n_s @ hits.response
    later = (hits.impulse_n_s * hits.age_s) @ hits.response
    mujoco.mj_integratePos(model.mujoco, data.qpos, later, 1.0)


def _by_hand(
    model: Model, data: Any, prescribed: Float64[np.ndarray, "body 6"]
) -> Float64[np.ndarray, " contact"]:
    """What the bodies that are moved by hand add to the speed of separation of every contact."""
    contact = data.contact
    speed = np.zeros(len(contact.dist))
    for side, sign in ((0, -1.0), (1, 1.0)):
        bodies = model.body_of_geom[contact.geom[:, side]]
        arm = contact.pos - data.xpos[np.array(model.owner)[bodies]]
        moves = prescribed[bodies, :3] + np.cross(prescribed[bodies, 3:], arm)
        speed += sign * (moves * contact.frame[:, :3]).sum(axis=1)
    return speed


def _normal_row(model: Any, data: Any, contact: Any) -> Float64[np.ndarray, " dof"]:
    """The row of J that gives the speed of separation."""
    normal = contact.frame[:3]  # from geom1 to geom2
    row = np.zeros(model.nv)
    point_jacobian = np.zeros((3, model.nv))
    for geom, sign in ((contact.geom1, -1.0), (contact.geom2, 1.0)):
        mujoco.mj_jac(model, data, point_jacobian, None, contact.pos, model.geom_bodyid[geom])
        row += sign * (normal @ point_jacobian)
    return row


def _solve(
    wanted: Float64[np.ndarray, " hit"], compliance: Float64[np.ndarray, "hit hit"]
) -> Float64[np.ndarray, " hit"]:
    """Projected Gauss-Seidel; a body that takes no impulse at all has no compliance and is left alone."""
    impulse = np.zeros(len(wanted))
    for _ in range(_SWEEPS):
        for i, own in enumerate(np.diag(compliance)):
            if own > 0:
                impulse[i] = max(0.0, impulse[i] + (wanted[i] - compliance[i] @ impulse) / own)
    return impulse
