"""The counts that the service keeps of itself, as Prometheus reads them (text format 0.0.4). Nothing of persons: routes, not
addresses."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper ends of the buckets: a search takes tens of ms, a stage of it single ones."""

Labels = tuple[tuple[str, str], ...]


@dataclass
class _Histogram:
    """counts: of each bucket, and of what lies beyond all."""

    counts: list[int]
    total: float = 0.0


class Metrics:
    """Safe from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[Labels, int] = {}
        self._seconds: dict[tuple[str, Labels], _Histogram] = {}
        self.in_flight = 0

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one request."""
        with self._lock:
            key = (("method", method), ("route", route), ("status", str(status)))
            self._requests[key] = self._requests.get(key, 0) + 1
            self._observe("biomatch_request_seconds", (("method", method), ("route", route)), seconds)

    def searched(self, stages: Mapping[str, float]) -> None:
        """Counts one search, by its stages."""
        with self._lock:
            for stage, seconds in stages.items():
                self._observe("biomatch_search_stage_seconds", (("stage", stage),), seconds)

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Writes everything, and what is measured at this moment: name -> what it is, value."""
        with self._lock:
            lines = [
                *_head("biomatch_requests_total", "counter", "Requests answered."),
                *(f"biomatch_requests_total{_labels(key)} {count}" for key, count in sorted(self._requests.items())),
                *_head("biomatch_requests_in_flight", "gauge", "Requests being answered."),
                f"biomatch_requests_in_flight {self.in_flight}",
                *self._histogram("biomatch_request_seconds", "Time from a request's head to the end of its answer."),
                *self._histogram("biomatch_search_stage_seconds", "Time of each stage of a search."),
            ]
        for name, (words, value) in gauges.items():
            lines += [*_head(f"biomatch_{name}", "gauge", words), f"biomatch_{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _observe(self, name: str, labels: Labels, seconds: float) -> None:
        found = self._seconds.setdefault((name, labels), _Histogram([0] * (len(SECONDS) + 1)))
        found.counts[bisect_left(SECONDS, seconds)] += 1
        found.total += seconds

    def _histogram(self, name: str, words: str) -> Iterator[str]:
        yield from _head(name, "histogram", words)
        for (of, labels), found in sorted(self._seconds.items()):
            if of != name:
                continue
            count = 0
            for end, more in zip((*map(str, SECONDS), "+Inf"), found.counts, strict=True):
                count += more
                yield f"{name}_bucket{_labels((*labels, ('le', end)))} {count}"
            yield f"{name}_sum{_labels(labels)} {found.total:.6f}"
            yield f"{name}_count{_labels(labels)} {count}"


def _head(name: str, kind: str, words: str) -> Iterable[str]:
    return f"# HELP {name} {words}", f"# TYPE {name} {kind}"


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
