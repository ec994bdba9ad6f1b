"""Where the network sees a finger, and what becomes of gaps, marks and what lies off the coarse mask."""

import numpy as np

from biomatch.extraction.foreground import ForegroundParams, of_network
from biomatch.observe import NO_TRACE

WHOLE = np.ones((200, 240), bool)


def test_the_networks_finger_is_kept_without_gaps_and_marks():
    logit = np.full(WHOLE.shape, -2.0, np.float32)
    logit[40:160, 60:180] = 2
    logit[90:110, 110:130] = -2  # a crease
    logit[5:15, 5:15] = 2  # a speck
    mask = of_network(WHOLE, logit, ForegroundParams(), NO_TRACE)
    assert mask[60:140, 80:160].all()
    assert not mask[:20, :20].any()
    assert abs(int(mask.sum()) - 120 * 120) < 0.03 * 120 * 120  # seen: 0.026


def test_it_stays_within_the_coarse_mask_and_may_be_nothing():
    coarse = WHOLE.copy()
    coarse[:, 120:] = False
    logit = np.full(WHOLE.shape, 2.0, np.float32)
    assert not of_network(coarse, logit, ForegroundParams(), NO_TRACE)[:, 120:].any()
    assert not of_network(WHOLE, -logit, ForegroundParams(), NO_TRACE).any()
