"""The network of minutiae: what it answers to pictures of any size, and what it says before it has learned."""

import pytest


@pytest.mark.parametrize(("height", "width"), [(16, 16), (96, 160), (208, 176)])
def test_answers_have_a_quarter_and_an_eighth_of_each_side(network, height, width):
    import torch

    minutiae, ridges = network(torch.zeros(3, 2, height, width))
    assert minutiae.shape == (3, 6, height // 4, width // 4)
    assert ridges.shape == (3, 4, height // 8, width // 8)


def test_every_weight_takes_part_in_an_answer(network):
    import torch

    network.train()
    minutiae, ridges = network(torch.randn(2, 2, 64, 64))
    (minutiae.square().sum() + ridges.square().sum()).backward()
    idle = [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()]
    assert idle == []


def test_minutiae_are_rare_before_anything_is_learned():
    import torch

    from biomatch.training.extractor.network import QUARTER, Network

    torch.manual_seed(3)
    with torch.no_grad():
        heat = torch.sigmoid(Network()(torch.randn(2, 2, 96, 96))[0][:, QUARTER.index("heat")])
    assert heat.mean() < 0.1


def test_ridges_far_away_have_a_say_in_a_minutia(network):
    """The answer in one corner changes with the picture 60 px from it: a sixteenth of the resolution sees so far."""
    import torch

    picture = torch.zeros(1, 2, 160, 160)
    changed = picture.clone()
    changed[..., 60:64, 60:64] = 5
    with torch.no_grad():
        one, two = (network(given)[0][0, :, 0, 0] for given in (picture, changed))
    assert not torch.equal(one, two)
