"""The Merkle tree of RFC 9162, section 2.1: hashes, proofs, and what checks them.

No storage: whoever asks says how to read a node. Leaves are numbered from 0. Node (level, place) is the hash of the 2^level
leaves from place * 2^level on; only nodes whose leaves are all there are kept. With them a root or a proof takes about
log2(size)^2 / 2 hashes at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]  # level, place -> (32,)

EMPTY = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed(size: int, leaf: bytes, node: Node) -> list[tuple[int, int, bytes]]:
    """Lists the nodes that become complete when leaf number `size` is added: level, place, hash; the leaf first."""
    found = [(0, size, leaf)]
    level, place, value = 0, size, leaf
    while place % 2:
        value = node_hash(node(level, place - 1), value)
        level, place = level + 1, place // 2
        found.append((level, place, value))
    return found


def root(size: int, node: Node) -> bytes:
    return EMPTY if size == 0 else _span(0, size, node)


def inclusion(number: int, size: int, node: Node) -> list[bytes]:
    """Returns the proof that leaf `number` is in the tree of this size: PATH(m, D_n)."""
    if not 0 <= number < size:
        raise ValueError(f"leaf {number} is not among {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if number < middle:
            path.append(_span(middle, end, node))
            end = middle
        else:
            path.append(_span(start, middle, node))
            start = middle
    return path[::-1]


def consistency(first: int, second: int, node: Node) -> list[bytes]:
    """Returns the proof that the tree of size `second` begins with that of size `first`: PROOF(m, D_n)."""
    if not 0 <= first <= second:
        raise ValueError(f"{first} leaves are no beginning of {second}")
    if first in (0, second):
        return []
    path, start, end = [], 0, second
    whole = True  # the old tree's root is a node of the new tree on the way down
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_span(middle, end, node))
            end = middle
        else:
            path.append(_span(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(_span(start, end, node))
    return path[::-1]


def includes(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tells whether the proof shows that this leaf hash is number `number` of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= number < size:
        return False
    fn, sn, value = number, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            value = node_hash(step, value)
            while not fn % 2 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node_hash(value, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and value == root


def consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tells whether the proof shows that the second tree begins with the first (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY
    if first > second or not proof:
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    fn, sn = first - 1, second - 1
    while fn % 2:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            old, new = node_hash(step, old), node_hash(step, new)
            while not fn % 2 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


def _span(start: int, end: int, node: Node) -> bytes:
    """Computes MTH of leaves `start` to `end`, where `start` is a multiple of the largest power of two below their number."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_span(start, middle, node), _span(middle, end, node))


def _split(count: int) -> int:
    """Returns the largest power of two below a count."""
    return 1 << ((count - 1).bit_length() - 1)
