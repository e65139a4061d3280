"""Newton's law of restitution, added to MuJoCo's soft contacts.

A soft contact lets bodies sink into each other and gives or takes energy. This pass finds contacts that
have begun within the last step, goes back to the instant of the touch, exchanges the impulses that
Newton's law asks for, v_n' = -e v_n, and moves the bodies on to the end of the step with their new
velocities. The contact is over before MuJoCo could act on it. Impacts are without friction.

Impulses of simultaneous impacts are solved together by projected Gauss-Seidel on
J M^-1 J^T lambda = v' - v, lambda >= 0 (Moreau's impact law).

Axis letters: `hit` contacts that bounce, `dof` degrees of freedom.
"""

from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np
from jaxtyping import Float64

MIN_APPROACH_M_S = 0.05  # slower contacts are left to rest under MuJoCo's soft contact
_SWEEPS = 30


@dataclass(frozen=True, slots=True)
class Impact:
    """One bounce: how long before the end of the step the bodies touched, and the impulse in N s."""

    geoms: tuple[int, int]
    age_s: float
    impulse_n_s: float


@dataclass(frozen=True)
class _Hits:
    contacts: list[int]
    jacobian: Float64[np.ndarray, "hit dof"]
    speed_m_s: Float64[np.ndarray, " hit"]  # at the touch, negative: approaching
    age_s: Float64[np.ndarray, " hit"]
    restitution: Float64[np.ndarray, " hit"]


def restitute(
    model: Any,
    data: Any,
    restitution: Float64[np.ndarray, " geom"],
    prescribed: Float64[np.ndarray, "geom 6"],
    held_dofs: list[int],
) -> list[Impact]:
    """Let every bouncing contact bounce; changes `data.qpos` and `data.qvel`.

    Args:
        model: MuJoCo's model.
        data: its state, after `mj_step1`. `qvel` lags half a step behind `qpos` (leapfrog).
        restitution: of every geom; that of a pair is the product.
        prescribed: velocity (m/s, rad/s) of geoms that move on rails, zero elsewhere.
        held_dofs: degrees of freedom that no impulse can move.

    Returns:
        The impacts; an empty list leaves the state as it was.
    """
    geoms = data.contact.geom
    bouncy = (restitution[geoms[:, 0]] * restitution[geoms[:, 1]] > 0) & (data.contact.dist <= 0)
    if not bouncy.any():
        return []
    mujoco.mj_forward(model, data)  # for the accelerations
    hits = _approaching(model, data, np.flatnonzero(bouncy), restitution, prescribed, held_dofs)
    if not hits.contacts:
        return []
    response = np.zeros_like(hits.jacobian)
    mujoco.mj_solveM(model, data, response, hits.jacobian)  # M^-1 J^T, a row for every contact
    response[:, held_dofs] = 0.0
    impulse = _solve(hits, hits.jacobian @ response.T)
    data.qvel[:] += impulse @ response
    mujoco.mj_integratePos(model, data.qpos, (impulse * hits.age_s) @ response, 1.0)
    return [
        Impact((int(geoms[c, 0]), int(geoms[c, 1])), float(age), float(size))
        for c, age, size in zip(hits.contacts, hits.age_s, impulse, strict=True)
    ]


def _approaching(
    model: Any,
    data: Any,
    candidates: Any,
    restitution: Float64[np.ndarray, " geom"],
    prescribed: Float64[np.ndarray, "geom 6"],
    held_dofs: list[int],
) -> _Hits:
    """Contacts whose bodies approach each other, with the state at the instant of the touch."""
    step_s = model.opt.timestep
    velocity = data.qvel + 0.5 * step_s * data.qacc_smooth  # qvel is half a step old
    kept, rows, speeds, ages, coefficients = [], [], [], [], []
    for index in candidates:
        contact = data.contact[index]
        row, rail_m_s = _normal_row(model, data, contact, prescribed)
        row[held_dofs] = 0.0
        speed, acceleration = row @ velocity + rail_m_s, row @ data.qacc_smooth
        if speed > -MIN_APPROACH_M_S:
            continue
        first_guess_s = contact.dist / speed
        age_s = min(step_s, contact.dist / (speed - 0.5 * acceleration * first_guess_s))
        kept.append(int(index))
        rows.append(row)
        speeds.append(speed - acceleration * age_s)
        ages.append(age_s)
        coefficients.append(restitution[contact.geom1] * restitution[contact.geom2])
    jacobian = np.array(rows).reshape(-1, model.nv)
    return _Hits(kept, jacobian, np.array(speeds), np.array(ages), np.array(coefficients))


def _normal_row(
    model: Any, data: Any, contact: Any, prescribed: Float64[np.ndarray, "geom 6"]
) -> tuple[Float64[np.ndarray, " dof"], float]:
    """The row of J that gives the speed of separation, and what bodies on rails add to that speed."""
    normal = contact.frame[:3]  # from geom1 to geom2
    row, rail_m_s = np.zeros(model.nv), 0.0
    point_jacobian = np.zeros((3, model.nv))
    for geom, sign in ((contact.geom1, -1.0), (contact.geom2, 1.0)):
        mujoco.mj_jac(model, data, point_jacobian, None, contact.pos, model.geom_bodyid[geom])
        row += sign * (normal @ point_jacobian)
        linear, spin = prescribed[geom, :3], prescribed[geom, 3:]
        rail_m_s += sign * float(normal @ (linear + np.cross(spin, contact.pos - data.geom_xpos[geom])))
    return row, rail_m_s


def _solve(hits: _Hits, compliance: Float64[np.ndarray, "hit hit"]) -> Float64[np.ndarray, " hit"]:
    """Projected Gauss-Seidel; a body that takes no impulse at all has no compliance and is left alone."""
    wanted = -(1.0 + hits.restitution) * hits.speed_m_s
    impulse = np.zeros(len(wanted))
    for _ in range(_SWEEPS):
        for i, own in enumerate(np.diag(compliance)):
            if own > 0:
                impulse[i] = max(0.0, impulse[i] + (wanted[i] - compliance[i] @ impulse) / own)
    return impulse
