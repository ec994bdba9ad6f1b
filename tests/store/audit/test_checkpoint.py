"""Checkpoints are signed notes that other tools read, and nothing else passes for one."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from biomatch.crypto import SigningKey
from biomatch.errors import BadCheckpoint
from biomatch.store.audit.checkpoint import Checkpoint, key_of, opened, verifier_key

SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # of the signed-note documentation: PeterNeumann+c74f20a3
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


@pytest.fixture
def key():
    return SigningKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))


@pytest.fixture
def note(key):
    return Checkpoint("biomatch/b", 7, b"r" * 32).signed(key)


def test_keys_and_signatures_are_those_of_the_published_note():
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(base64.b64decode(SECRET)[1:]))
    assert verifier_key("PeterNeumann", key.public) == PUBLIC
    assert key_of(PUBLIC) == key.public
    known = base64.b64decode(SIGNATURE)
    assert known[:4].hex() == "c74f20a3"
    assert key.sign(TEXT.encode()) == known[4:]
    assert key.public.verifies(known[4:], TEXT.encode())


def test_a_note_opens_with_its_key(note, key):
    assert opened(note, key.public) == Checkpoint("biomatch/b", 7, b"r" * 32)
    assert note.startswith("biomatch/b\n7\n" + base64.b64encode(b"r" * 32).decode() + "\n\n— biomatch/b ")


def test_signatures_of_others_do_not_disturb(note, key):
    assert opened(note + "— witness AAAAAAAA\n— biomatch/b ????\n", key.public).size == 7


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n7\n", "\n8\n", "signature is wrong"),
        ("\n7\n", "\n07\n", "no size"),
        ("biomatch/b\n7", "biomatch/c\n7", "did not sign"),
        ("\n\n", "\n", "not a signed note"),
        ("cnJ", "!!!", "not base64"),
        ("cnJ", "cn", "not base64"),
    ],
)
def test_a_changed_note_is_refused_with_its_reason(note, key, old, new, reason):
    with pytest.raises(BadCheckpoint, match=reason):
        opened(note.replace(old, new, 1), key.public)


def test_another_key_opens_nothing(note):
    with pytest.raises(BadCheckpoint, match="did not sign"):
        opened(note, SigningKey.make().public)


@pytest.mark.parametrize("text", ["", "a+b", PUBLIC.replace("c74f20a3", "c74f20a4"), PUBLIC[:-4], "a+b+????"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(BadCheckpoint, match="key"):
        key_of(text)
