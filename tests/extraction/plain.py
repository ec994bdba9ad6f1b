"""Slow twins of the kernels of extraction: plain NumPy, one line of arithmetic a step."""

import numpy as np


def doubled(picture, margin):
    height, width = picture.shape
    out = np.zeros((4, height + 2 * margin, width + 2 * margin), np.float32)
    for plane, (down, right) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        y, x = np.mgrid[: height - down, : width - right]
        corners = [picture[y + i, x + j] for i in (0, down) for j in (0, right)]
        out[plane, margin : margin + height - down, margin : margin + width - right] = sum(corners) / 4
    return out.reshape(-1)


def smooth_along(picture, twice, turn, mask, along, weight, margin):
    out = picture.copy()
    for y, x in np.argwhere(mask):
        here = y * (picture.shape[1] + 2 * margin) + x
        samples = twice[here + along[turn[y, x]]].astype(np.float64)  # (2, k + 1)
        out[y, x] = weight[0] * picture[y, x] + (np.array(weight[1:]) * samples[:, 1:]).sum()
    return out


def across(picture, twice, turn, which, mask, normal, table, margin):
    even, odd = np.zeros(picture.shape, np.float32), np.zeros(picture.shape, np.float32)
    for y, x in np.argwhere(mask):
        here = y * (picture.shape[1] + 2 * margin) + x
        before, behind = twice[here + normal[turn[y, x]]].astype(np.float64)
        real, imaginary = table[which[y, x]].astype(np.float64)
        even[y, x] = real[0] * picture[y, x] + (real[1:] * (before + behind)[1:]).sum()
        odd[y, x] = -(imaginary[1:] * (before - behind)[1:]).sum()
    return even, odd


def residues(even, odd, tangent, mask):
    """(n, 3): column, row and turns of every square round which the phase turns; no sub-pixel place."""
    found = []
    for y in range(mask.shape[0] - 1):
        for x in range(mask.shape[1] - 1):
            corners = [(y, x), (y, x + 1), (y + 1, x + 1), (y + 1, x)]
            if not all(mask[c] for c in corners):
                continue
            sign, last, values = 1.0, tangent[y, x], []
            for c in corners:
                sign *= 1.0 if last @ tangent[c] >= 0 else -1.0
                last = tangent[c]
                values.append(complex(even[c], sign * odd[c]))
            if sign * (last @ tangent[y, x]) < 0:
                continue
            steps = [np.angle(b * np.conj(a)) for a, b in zip(values, values[1:] + values[:1], strict=True)]
            turns = round(sum(steps) / (2 * np.pi))
            if turns:
                found.append((x, y, turns))
    return np.array(found).reshape(-1, 3)


def partner(of, among, reach, cosine):
    out = []
    for one in of:
        apart = np.hypot(*(among[:, :2] - one[:2]).T)
        allowed = (among[:, 2:] @ one[2:] >= cosine) & (apart < reach)
        out.append(int(np.argmin(np.where(allowed, apart, np.inf))) if allowed.any() else -1)
    return np.array(out, np.int64).reshape(-1)


def neighbourhood(own, view, period, seen_px, crowd, far):
    rows = []
    for one, local in zip(own, period, strict=True):
        step = view[:, :2] - one[:2]
        apart = np.hypot(*step.T)
        near = apart <= far * local
        cosine = view[:, 2:] @ one[2:]
        same = np.sort(apart[near & (cosine > 0.5)])
        itself = len(same) > 0 and same[0] < seen_px
        seen = same[0] if itself else seen_px
        rest = same[1:] if itself else same
        like = min(far, rest[0] / local) if len(rest) else far
        against = np.flatnonzero(near & (cosine < 0) & (apart < far * local))
        if len(against):
            k = against[np.argmin(apart[against])]
            opposite = apart[k] / local
            along = step[k] @ one[2:] / local
            sideways = (step[k, 1] * one[2] - step[k, 0] * one[3]) / local
        else:
            opposite, along, sideways = far, 0.0, 0.0
        rows.append((seen / seen_px, opposite, along, sideways, like, (apart[near] / local < crowd).sum()))
    return np.array(rows, np.float32).reshape(-1, 6)


def patch(picture, own, period, side, step):
    out = np.zeros((len(own), side, side), np.float32)
    at = np.arange(side) - 0.5 * (side - 1)
    for k, (one, local) in enumerate(zip(own, period, strict=True)):
        unit = one[2:] * step * local
        x = one[0] + at[None, :] * unit[0] - at[:, None] * unit[1]
        y = one[1] + at[None, :] * unit[1] + at[:, None] * unit[0]
        ix, iy = np.floor(x).astype(int), np.floor(y).astype(int)
        inside = (ix >= 0) & (iy >= 0) & (ix + 1 < picture.shape[1]) & (iy + 1 < picture.shape[0])
        ix, iy = np.where(inside, ix, 0), np.where(inside, iy, 0)
        fx, fy = x - ix, y - iy
        top = picture[iy, ix] * (1 - fx) + picture[iy, ix + 1] * fx
        low = picture[iy + 1, ix] * (1 - fx) + picture[iy + 1, ix + 1] * fx
        out[k] = np.where(inside, top * (1 - fy) + low * fy, 0)
    return out
