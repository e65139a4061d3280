"""How a scene looks: an analytic ray caster, bit for bit the same everywhere."""
