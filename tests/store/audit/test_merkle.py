"""The tree is that of RFC 9162: vectors of the Certificate Transparency reference implementation, and every small size."""

import hashlib

import pytest

from biomatch.store.audit import merkle

LEAVES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 1): (),
    (0, 2): ("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): INCLUSION[0, 8],
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
SMALL = 33


class Grown:
    """A tree that keeps what the store keeps."""

    def __init__(self, leaves):
        self.nodes, self.hashes = {}, [merkle.leaf_hash(leaf) for leaf in leaves]
        for number, value in enumerate(self.hashes):
            self.nodes |= {(level, place): node for level, place, node in merkle.completed(number, value, self.node)}

    def node(self, level, place):
        return self.nodes[level, place]

    def root(self, size):
        return merkle.root(size, self.node)


@pytest.fixture(scope="module")
def tree():
    return Grown([b"leaf %d" % number for number in range(SMALL)])


def plain_root(hashes):
    """MTH as the RFC writes it."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + plain_root(hashes[:k]) + plain_root(hashes[k:])).digest()


def test_roots_are_the_published_ones():
    grown = Grown(LEAVES)
    assert [grown.root(size).hex() for size in range(9)] == list(ROOTS)


@pytest.mark.parametrize(("number", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(number, size):
    proof = merkle.inclusion(number, size, Grown(LEAVES).node)
    assert tuple(step.hex() for step in proof) == INCLUSION[number, size]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(first, second):
    proof = merkle.consistency(first, second, Grown(LEAVES).node)
    assert tuple(step.hex() for step in proof) == CONSISTENCY[first, second]


def test_roots_of_every_size_are_what_the_definition_says(tree):
    for size in range(SMALL + 1):
        assert tree.root(size) == plain_root(tree.hashes[:size])


def test_every_leaf_of_every_size_is_proved_and_nothing_else_is(tree):
    for size in range(1, SMALL + 1):
        for number in range(size):
            proof, root, leaf = merkle.inclusion(number, size, tree.node), tree.root(size), tree.hashes[number]
            assert merkle.includes(leaf, number, size, proof, root)
            assert not merkle.includes(tree.hashes[number - 1], number, size, proof, root) or size == 1
            assert not merkle.includes(leaf, number, size, [*proof, leaf], root)
            assert not merkle.includes(leaf, number, size, proof[:-1], root) or not proof
            assert not merkle.includes(leaf, size, size, proof, root)


def test_every_tree_is_shown_to_begin_with_every_smaller_one_and_with_no_other(tree):
    for second in range(SMALL + 1):
        for first in range(second + 1):
            proof, old, new = merkle.consistency(first, second, tree.node), tree.root(first), tree.root(second)
            assert merkle.consistent(first, second, old, new, proof)
            other = tree.root(first + 1 if first < SMALL else 1)
            assert not merkle.consistent(first, second, other, new, proof)
            assert not merkle.consistent(first, second, old, other, proof) or first == 0 or other == new
            assert not merkle.consistent(first, second, old, new, [*proof, old])


def test_proofs_of_what_is_not_there_are_refused(tree):
    with pytest.raises(ValueError, match="not among"):
        merkle.inclusion(5, 5, tree.node)
    with pytest.raises(ValueError, match="no beginning"):
        merkle.consistency(6, 5, tree.node)
    assert not merkle.consistent(6, 5, tree.root(6), tree.root(5), [])
