"""The limit on the files and sockets that this process may have open."""

from __future__ import annotations

import resource


def allow(count: int) -> None:
    """Lets this process have so many open, as far as the system allows; never fewer than before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
