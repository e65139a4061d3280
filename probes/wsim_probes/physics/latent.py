"""Is a ball as heavy and as bouncy at its second hit as at its first?"""

from collections.abc import Mapping

from wsim.worlds.scene import Scene, Violation
from wsim_probes.history import HistoryProbe

_BEFORE_S, _AFTER_S = 0.03, 1e-3  # of the second hit


def latent() -> HistoryProbe:
    """A ball hits one of two equal balls, comes back and hits the other; read against renders.

    Nothing that is seen tells how heavy or bouncy the ball is but its first hit, which is given, and so is
    the way back. Mass and restitution are properties that last, and the two that are hit are alike: so the
    second hit must share the speed as the first did, by momentum and Newton's law of restitution (Principia,
    1687, scholium to the laws). The second ball must not go off faster or slower, nor the ball come back
    slower than that, nor pass through. They may be early or late by a tenth of a second.
    """
    return HistoryProbe(
        name="physics/latent",
        version=3,
        question="Is a ball as heavy and as bouncy at its second hit as at its first?",
        family="two_hits",
        lawful="as at the first hit",
        window=(0.8, 1.0),
        prefix_s=_until_the_second_hit,
        latest_s=0.1,
        tracks=("video",),
        breaks=_other_masses,
        graded=("second gets more", "second gets less", "ball keeps less"),
    )


def _until_the_second_hit(scene: Scene) -> float:
    return _second_hit_s(scene) - _BEFORE_S


def _second_hit_s(scene: Scene) -> float:
    from wsim.worlds.physics.collisions import integrate

    events = integrate(scene.replace(violations=()), scene.duration_s).events
    return next(e.time_s for e in events if e.kind == "impact" and e.bodies == ("ball", "second"))


def _other_masses(scene: Scene) -> Mapping[str, Scene]:
    hit_s = _second_hit_s(scene)
    after_s = hit_s + _AFTER_S
    broken = {
        "second gets more": Violation("energy_gain", after_s, "second", amount=2.0),
        "second gets less": Violation("freeze", after_s, "second"),
        "ball keeps less": Violation("freeze", after_s, "ball"),
        "passes through": Violation("pass_through", hit_s - 0.5 * _BEFORE_S, "ball", other="second"),
    }
    return {name: scene.violated(violation) for name, violation in broken.items()}
