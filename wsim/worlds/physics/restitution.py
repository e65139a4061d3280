"""Newton's law of restitution, added to MuJoCo's soft contacts.

A soft contact lets bodies sink into each other and gives or takes energy. This pass finds contacts that
have begun within the last step, goes back to the instant of the touch, exchanges the impulses that
Newton's law asks for, v_n' = -e v_n, and moves the bodies on to the end of the step with their new
velocities. What bounces has left before MuJoCo could act on it, what does not (e = 0) is left to rest.
Impacts that bounce are without friction; those that do not have Coulomb's, within |l_t| <= mu l_n.

Impulses of simultaneous impacts are solved together by projected Gauss-Seidel on
J M^-1 J^T l = v' - v, l_n >= 0 (Moreau's impact law).

Axis letters: `hit` contacts that are impacts, `dof` degrees of freedom, `body` of the scene, `row` three for
every hit: along the normal and along two tangents.
"""

import math
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float64, Int64

from wsim.worlds.physics.by_hand import separation_m_s
from wsim.worlds.physics.model import Model

MIN_APPROACH_M_S = 0.05  # slower contacts are left to rest under MuJoCo's soft contact
_MIN_LANDING_M_S = 0.25  # of a body that touches already
_HALF_A_STEP_M_S = 0.03  # how far a velocity may be off that is half a step old
_SWEEPS, _CONVERGED = 20, 1e-5
_NO_COMPLIANCE = 1e-200


@dataclass(frozen=True)
class Hits:
    """Impacts of one step, with the state at the instant of each touch.

    Attributes:
        bodies: the two bodies of the scene, the lower index first.
        age_s: how long before the end of the step they touched.
        impulse_n_s: along the normal and two tangents, by the impact law.
        response: M^-1 J^T, the change of all rates by a unit of each impulse.
    """

    bodies: Int64[np.ndarray, "hit 2"]
    age_s: Float64[np.ndarray, " hit"]
    impulse_n_s: Float64[np.ndarray, "hit 3"]
    response: Float64[np.ndarray, "row dof"]


def fast_contacts(
    model: Model,
    data: Any,
    new: set[tuple[int, int]],
    restitution: Float64[np.ndarray, " body"],
    prescribed: Float64[np.ndarray, "body 6"] | None,
    pushed: bool,
) -> list[int]:
    """Which contacts may be impacts: those whose bodies approach each other, roughly, fast enough.

    Args:
        model: of the scene.
        data: MuJoCo's state, after `mj_step1`.
        new: pairs of bodies that have just come to touch. Others may land with another corner, if they
            do so faster, or bounce.
        restitution: of every body; that of a pair is the product.
        prescribed: velocity (m/s, rad/s) of the bodies that are moved by hand, zero elsewhere; None if
            nothing is.
        pushed: whether what is moved by hand touches anything.
    """
    rows = data.contact.efc_address
    speed = data.efc_vel[rows] if data.nefc else np.zeros(len(rows))
    if prescribed is not None:
        # Bodies that are moved by hand press on each other with no row at all, at the address -1.
        speed = np.where(rows >= 0, speed, 0.0)
        if pushed:
            speed += separation_m_s(model, data, prescribed)[:, 0]
    if speed.min() >= _HALF_A_STEP_M_S - MIN_APPROACH_M_S:
        return []
    fast = []
    for contact in np.flatnonzero(speed < _HALF_A_STEP_M_S - MIN_APPROACH_M_S).tolist():
        low, high = sorted(model.body_of_geom[data.contact.geom[contact]].tolist())
        bounces = restitution[low] * restitution[high] > 0.0
        if bounces or (low, high) in new or speed[contact] < -_MIN_LANDING_M_S:
            fast.append(contact)
    return fast


def impacts(
    model: Model,
    data: Any,
    candidates: list[int],
    restitution: Float64[np.ndarray, " body"],
    prescribed: Float64[np.ndarray, "body 6"] | None,
) -> Hits | None:
    """The impacts among some contacts, if there are any; changes nothing.

    Args:
        model: of the scene.
        data: MuJoCo's state, after `mj_forward`. `qvel` lags half a step behind `qpos` (leapfrog).
        candidates: indices of contacts.
        restitution: of every body; that of a pair is the product.
        prescribed: velocity (m/s, rad/s) of the bodies that are moved by hand, zero elsewhere; None if
            nothing is.
    """
    step_s = model.mujoco.opt.timestep
    velocity = data.qvel + 0.5 * step_s * data.qacc_smooth  # qvel is half a step old
    by_hand = np.zeros((data.ncon, 3)) if prescribed is None else separation_m_s(model, data, prescribed)
    pairs, rows, ages, wanted, rough = [], [], [], [], []
    for index in candidates:
        contact = data.contact[index]
        jacobian = _jacobian(model.mujoco, data, contact)
        speeds, accelerations = jacobian @ velocity + by_hand[index], jacobian @ data.qacc_smooth
        if speeds[0] > -MIN_APPROACH_M_S:
            continue
        first_guess_s = contact.dist / speeds[0]
        age_s = min(step_s, max(0.0, contact.dist / (speeds[0] - 0.5 * accelerations[0] * first_guess_s)))
        pair = sorted(model.body_of_geom[contact.geom].tolist())
        bounce = float(restitution[pair[0]] * restitution[pair[1]])
        pairs.append(pair)
        rows.append(jacobian)
        ages.append(age_s)
        wanted.append(-(speeds - accelerations * age_s) * (1.0 + bounce, 1.0, 1.0))
        rough.append(float(contact.friction[0]) if bounce == 0.0 else 0.0)
    if not pairs:
        return None
    jacobians = np.concatenate(rows)
    response = np.zeros_like(jacobians)
    mujoco.mj_solveM(model.mujoco, data, response, jacobians)
    impulse = _solve(np.concatenate(wanted), jacobians @ response.T, rough)
    return Hits(np.array(pairs, dtype=np.int64), np.array(ages), impulse, response)


def exchange(model: Model, data: Any, hits: Hits) -> None:
    """Exchange the impulses of the impacts; changes `data.qpos` and `data.qvel`."""
    data.qvel[:] += hits.impulse_n_s.ravel() @ hits.response
    later = (hits.impulse_n_s * hits.age_s[:, None]).ravel() @ hits.response
    mujoco.mj_integratePos(model.mujoco, data.qpos, later, 1.0)


def _jacobian(model: Any, data: Any, contact: Any) -> Float64[np.ndarray, "3 dof"]:
    """The rows of J that give the velocity of separation along the normal and two tangents."""
    frame = contact.frame.reshape(3, 3)  # the normal goes from geom1 to geom2
    separation, of_point = np.zeros((3, model.nv)), np.zeros((3, model.nv))
    for geom, sign in ((contact.geom1, -1.0), (contact.geom2, 1.0)):
        mujoco.mj_jac(model, data, of_point, None, contact.pos, model.geom_bodyid[geom])
        separation += sign * of_point
    return np.asarray(frame @ separation)


def _solve(
    wanted: Float64[np.ndarray, " row"], compliance: Float64[np.ndarray, "row row"], rough: list[float]
) -> Float64[np.ndarray, "hit 3"]:
    """Projected Gauss-Seidel; a body that takes no impulse at all has no compliance and is left alone."""
    impulse, rows, goals = np.zeros(len(wanted)), list(compliance), wanted.tolist()
    own = np.maximum(np.diag(compliance), 1e-300).tolist()
    for _ in range(_SWEEPS):
        before = impulse.copy()
        for hit, friction in enumerate(rough):
            n = 3 * hit
            if own[n] > _NO_COMPLIANCE:
                impulse[n] = max(0.0, impulse[n] + (goals[n] - rows[n].dot(impulse)) / own[n])
            if friction and impulse[n]:
                for t in (n + 1, n + 2):
                    impulse[t] += (goals[t] - rows[t].dot(impulse)) / own[t]
                across = math.hypot(impulse[n + 1], impulse[n + 2])
                impulse[n + 1 : n + 3] *= min(1.0, friction * impulse[n] / max(across, 1e-300))
        if np.abs(impulse - before).max() <= _CONVERGED * impulse.max():
            break
    return impulse.reshape(-1, 3)
