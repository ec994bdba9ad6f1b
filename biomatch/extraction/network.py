"""Runs the minutiae network: the one place that knows what runs it.

OpenCV's own engine is the default; onnxruntime, where it is installed, can be asked for. Their answers differ in the last bits.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from biomatch.errors import ExtraMissing, UnknownName
from biomatch.learned import Models
from biomatch.networks import ThreadNets

MODEL = "extractor"
SYNTHETIC_MODEL = "extractor_synthetic"  # the same, trained without any print of a person
OPENCV, ONNXRUNTIME = "opencv", "onnxruntime"
BACKENDS = (OPENCV, ONNXRUNTIME)
STEP = 16  # px: the sides of what the network is given are multiples of this
ANSWERS = ("minutiae", "ridges")


class Network(Protocol):
    """Planes -> the answers of the minutiae network. May be called from many threads."""

    backend: str  # name and version, such as "opencv-4.14.0"

    def __call__(self, planes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Runs the network: planes (2, h, w) float32, sides multiples of STEP -> (6, h/4, w/4), (4, h/8, w/8) float32."""
        ...


def load(models: Models, name: str = MODEL, backend: str = OPENCV) -> Network:
    """Loads the network of that name of a folder of models. Raises ModelMissing, ModelDamaged, ExtraMissing, UnknownName."""
    if backend not in BACKENDS:
        raise UnknownName("backend", backend, list(BACKENDS))
    data = models.read(name)
    return _OpenCv(data, name) if backend == OPENCV else _OnnxRuntime(data)


class _OpenCv:
    """cv2.dnn."""

    def __init__(self, data: bytes, name: str):
        self.backend = f"{OPENCV}-{cv2.__version__}"
        self._nets = ThreadNets(data, name)

    def __call__(self, planes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        net = self._nets.net()
        net.setInput(np.ascontiguousarray(planes[None]))
        minutiae, ridges = net.forward(list(ANSWERS))
        return minutiae[0].copy(), ridges[0].copy()


class _OnnxRuntime:
    """onnxruntime on one thread."""

    def __init__(self, data: bytes):
        try:
            import onnxruntime
        except ImportError:
            raise ExtraMissing(ONNXRUNTIME, "onnx") from None
        self.backend = f"{ONNXRUNTIME}-{onnxruntime.__version__}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def __call__(self, planes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        minutiae, ridges = self._session.run(list(ANSWERS), {"planes": np.ascontiguousarray(planes[None])})
        return minutiae[0], ridges[0]
