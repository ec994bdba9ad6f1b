"""The kernels of comparison/ again, slowly, in plain NumPy: what the fast ones must agree with."""

import math

import numpy as np

from biomatch.comparison.relaxation import CANDIDATES, PARAMS


def wrap(angle):
    return (angle + math.pi) % (2 * math.pi) - math.pi


def seed(similarity):
    """Twin of `relaxation.seed`: similarities in steps of 1/256, ties to the lower probe, then reference number."""
    n, k = similarity.shape
    steps = np.minimum(255, (np.maximum(similarity, 0) * 256).astype(int))
    order = sorted((-steps[i, j], i, j) for i in range(n) for j in range(k) if steps[i, j] > 0)
    enough = CANDIDATES * min(n, k)
    order = [entry for at, entry in enumerate(order) if at < enough or entry[0] == order[enough - 1][0]]
    pairs, probes, references = [], set(), set()
    for _, i, j in order:
        if i not in probes and j not in references:
            pairs.append((i, j))
            probes.add(i)
            references.add(j)
    return pairs


def support(a, b, c, d):
    """Twin of `relaxation.support` without its tables: a, c of the probe, b, d of the reference, each (x, y up, angle)."""
    fall = lambda value, centre, slope: 1 / (1 + math.exp(min(700, slope * (value - centre))))  # noqa: E731
    one, two = (c[0] - a[0], c[1] - a[1]), (d[0] - b[0], d[1] - b[1])
    far = abs(math.hypot(*one) - math.hypot(*two))
    turn = abs(wrap((c[2] - a[2]) - (d[2] - b[2])))
    bearing = abs(wrap((math.atan2(one[1], one[0]) - a[2]) - (math.atan2(two[1], two[0]) - b[2])))
    return (
        fall(far, PARAMS.distance_centre, PARAMS.distance_slope)
        * fall(turn, PARAMS.turn_centre, PARAMS.turn_slope)
        * fall(bearing, PARAMS.turn_centre, PARAMS.turn_slope)
    )


def relax(probe, reference, similarity):
    """Twin of `relaxation.relax`: pairs, strengths before and after; probe and reference as lists of (x, y up, angle)."""
    pairs = seed(similarity)
    strength = np.array([similarity[p] for p in pairs])
    now = strength.copy()
    rho = np.zeros((len(pairs), len(pairs)))
    for s, (i, j) in enumerate(pairs):
        for t, (k, m) in enumerate(pairs[:s]):
            rho[s, t] = rho[t, s] = support(probe[k], reference[m], probe[i], reference[j])
    for _ in range(PARAMS.rounds):
        now = PARAMS.keep * now + (1 - PARAMS.keep) / (len(pairs) - 1) * rho @ now
    return pairs, strength, now


def follow(u, v, rx, ry, pairs, weight, reach, trust):
    """Twin of `alignment.follow`."""
    out = []
    for i in range(len(u)):
        pulls = [(trust, 0.0, 0.0)]
        for (k, j), w in zip(pairs, weight, strict=True):
            far = math.hypot(u[i] - u[k], v[i] - v[k])
            if k != i and far < reach:
                pulls.append((w * (1 - (far / reach) ** 2) ** 2, rx[j] - u[k], ry[j] - v[k]))
        total = sum(w for w, _, _ in pulls)
        out.append((u[i] + sum(w * x for w, x, _ in pulls) / total, v[i] + sum(w * y for w, _, y in pulls) / total))
    return np.array(out).T


def tile_scores(laid, fixed, cell, search, cover):
    """Twin of `ridge_check.tile_scores`."""
    h, w = fixed.shape
    rows, columns = h // cell, w // cell
    places = [(dy, dx) for dy in range(-search, search + 1) for dx in range(-search, search + 1)]
    shape = (max(0, (rows - 1) // 2), max(0, (columns - 1) // 2))
    scores, ok = np.zeros((len(places), *shape)), np.zeros(shape, bool)
    wide = np.pad(laid, search)
    for r in range(shape[0]):
        for c in range(shape[1]):
            top, left, side = 2 * r * cell, 2 * c * cell, 3 * cell
            lines = [top + part * cell + y for part in range(3) for y in range(0, cell, 2)]  # every second row of each cell
            still, own = fixed[lines, left : left + side], laid[lines, left : left + side]
            both = (still != 0) & (own != 0)
            if both.sum() < cover * both.size:
                continue
            ok[r, c] = True
            norm = math.sqrt((own[both] ** 2).sum() * (still[both] ** 2).sum())
            for p, (dy, dx) in enumerate(places):
                x = left + dx + search
                scores[p, r, c] = (still * wide[np.array(lines) + dy + search, x : x + side]).sum() / norm
    return scores, ok


def flow_agreement(laid, reference, cell):
    """Twin of `orientation_check.flow_agreement`."""
    h, w = laid.shape
    agreements, weights = [], []
    for top in range(1, h - cell, cell):
        for left in range(1, w - cell, cell):
            if reference[top + cell // 2, left + cell // 2] == 0 or laid[top + cell // 2, left + cell // 2] == 0:
                continue
            tensors = []
            for picture in (laid, reference):
                gx = (picture[:, 2:] - picture[:, :-2])[top : top + cell : 2, left - 1 : left + cell - 1]
                gy = (picture[2:] - picture[:-2])[top - 1 : top + cell - 1 : 2, left : left + cell]
                tensors.append(((gx**2 - gy**2).sum(), (2 * gx * gy).sum(), (gx**2 + gy**2).sum()))
            (ac, as_, ae), (bc, bs, be) = tensors
            a, b = math.hypot(ac, as_), math.hypot(bc, bs)
            if a > 0 and b > 0:
                agreements.append((ac * bc + as_ * bs) / (a * b))
                weights.append(a / ae * b / be)
    if not agreements:
        return 0.0, 0.0
    return np.average(agreements, weights=weights), np.mean(np.array(agreements) > 0.866)
