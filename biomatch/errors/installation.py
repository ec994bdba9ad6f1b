"""Errors of the installation itself: a worker or a model is missing."""

from __future__ import annotations

from biomatch.errors.base import BadInstallation, Unavailable


class WorkerLost(Unavailable):
    code = "worker-lost"

    def __init__(self, reason: str):
        super().__init__(f"the work was given up: {reason}; try it once more, then leave it out", reason=reason)


class ModelMissing(BadInstallation):
    code = "model-missing"

    def __init__(self, name: str, looked: str):
        super().__init__(
            f"model '{name}' was not found in {looked}; reinstall biomatch, or run `biomatch train`",
            name=name,
            looked=looked,
        )


class ModelDamaged(BadInstallation):
    code = "model-damaged"

    def __init__(self, name: str, reason: str):
        super().__init__(
            f"model '{name}' is refused: {reason}; reinstall biomatch, or run `biomatch train`", name=name, reason=reason
        )
