"""A token may be used so often a minute, evenly."""

import pytest

from biomatch.bureau.access.quotas import Quotas
from biomatch.errors import (
    QuotaSpent,
)


def test_a_quota_is_refilled_evenly():
    now = [100.0]
    quotas = Quotas(lambda: now[0])
    for _ in range(60):
        quotas.take("a", 60)
    with pytest.raises(QuotaSpent) as refused:
        quotas.take("a", 60)
    assert refused.value.values["retry_after"] == 1
    quotas.take("b", 60)
    now[0] += 1.0
    quotas.take("a", 60)
    with pytest.raises(QuotaSpent):
        quotas.take("a", 60)
    now[0] += 3_600
    for _ in range(60):
        quotas.take("a", 60)
    with pytest.raises(QuotaSpent):
        quotas.take("a", 60)


def test_a_token_with_a_quota_is_slowed_down(bureau, me):
    _, text = bureau.access.create_token("post 7", me, per_minute=2)
    bureau.access.authenticate(text)
    bureau.access.authenticate(text)
    with pytest.raises(QuotaSpent, match="2 requests"):
        bureau.access.authenticate(text)
