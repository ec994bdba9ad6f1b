"""Each thread has a net of its own; bytes that are none are refused."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from biomatch.errors import ModelDamaged
from biomatch.learned import shipped
from biomatch.networks import ThreadNets


def test_a_thread_keeps_its_net_and_shares_it_with_no_other():
    nets, both = ThreadNets(shipped().read("patch"), "patch"), Barrier(2)

    def asked(_):
        both.wait()
        return nets.net(), nets.net()

    with ThreadPoolExecutor(2) as pool:
        (first, again), (second, _) = pool.map(asked, range(2))
    assert first is again
    assert len({id(first), id(second), id(nets.net())}) == 3


@pytest.mark.parametrize("data", [b"", b"no network", b"\x00" * 64])
def test_what_is_no_network_is_refused_by_the_name_of_its_model(data):
    with pytest.raises(ModelDamaged, match="patch"):
        ThreadNets(data, "patch")
