import pytest

from biomatch.bench.engine.identification import steps


@pytest.fixture
def asked(here_pool, monkeypatch):
    """Jobs that the steps gave to their pool, which is this process."""
    jobs = []

    class Counting(here_pool):
        def call(self, *arguments):
            jobs.append(arguments)
            return super().call(*arguments)

    monkeypatch.setattr(steps, "Pool", Counting)
    return jobs
