"""Runs a network with OpenCV. A net of OpenCV holds the answers of its last run, so each thread has its own."""

from __future__ import annotations

import threading
from typing import Any

import cv2
import numpy as np

from biomatch.errors import ModelDamaged


class ThreadNets:
    """The nets of one model, one for each thread that asks."""

    def __init__(self, data: bytes, name: str):
        """Takes `data`: ONNX; `name`: of the model. Raises ModelDamaged."""
        self._data, self._name = data, name
        self._own = threading.local()
        self.net()

    def net(self) -> Any:
        """Returns this thread's cv2.dnn.Net; reads it at the first call."""
        net = getattr(self._own, "net", None)
        if net is None:
            try:
                net = cv2.dnn.readNetFromONNX(np.frombuffer(self._data, np.uint8))
            except cv2.error as error:
                raise ModelDamaged(self._name, f"OpenCV {cv2.__version__} cannot read it ({error.err})") from None
            self._own.net = net
        return net
