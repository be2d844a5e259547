"""Each act of a run as a digest, told before it is made; and runs that are held to the acts that were approved."""
from __future__ import annotations

from praxis_acts import observed


def begin(environment):
    """The acts of this run, where they are asked for, and `told`, `held` or `missing`."""
    wanted = environment.get("PRAXIS_ACTS")
    if not wanted:
        observed.install()
        return None, None
    path = None if wanted == "tell" else wanted
    approved = None
    if path:
        with open(path, encoding="ascii") as lines:
            approved = frozenset(line.strip() for line in lines)
    try:
        from praxis_acts import holding
    except ImportError:
        installed = None
    else:
        installed = holding.install(approved)
    if installed is None:
        return None, "missing" if path else None
    return installed, "held" if path else "told"
