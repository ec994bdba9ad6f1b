"""Keys are files that only their owner reads; commitments bind and tell nothing."""

import errno
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from biomatch.crypto import SigningKey, commitment, new_salt, write_secret
from biomatch.errors import KeyDamaged


def test_a_key_comes_back_from_its_file(tmp_path):
    key = SigningKey.make()
    key.write(tmp_path / "keys" / "key.pem")
    assert SigningKey.read(tmp_path / "keys" / "key.pem").public == key.public
    assert stat.S_IMODE((tmp_path / "keys" / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_a_signature_holds_for_its_message_only():
    key = SigningKey.make()
    signature = key.sign(b"message")
    assert key.public.verifies(signature, b"message")
    assert not key.public.verifies(signature, b"massage")
    assert not key.public.verifies(b"short", b"message")


def test_a_damaged_key_and_a_key_of_another_kind_are_named(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(b"no key")
    with pytest.raises(KeyDamaged, match=str(path)):
        SigningKey.read(path)
    path.write_bytes(X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyDamaged, match="not an Ed25519 key"):
        SigningKey.read(path)


def test_a_commitment_is_of_its_content_and_its_salt():
    """RFC 4231, test case 2."""
    assert commitment(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert commitment(new_salt(), b"same") != commitment(new_salt(), b"same")


def test_a_full_disk_leaves_the_old_secret(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    write_secret(path, b"old")

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_secret(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_is_on_the_disk_before_it_takes_its_name_and_its_name_on_return(tmp_path, disk_steps):
    (tmp_path / "key").write_bytes(b"old")
    steps = disk_steps(tmp_path)
    write_secret(tmp_path / "key", b"new")
    assert [step for step in steps if step[0] != "folder"] == [
        ("sync", tmp_path / "key.new", b"new"),
        ("sync", tmp_path, b""),  # the old one has a second name
        ("name", tmp_path / "key", b""),
        ("sync", tmp_path, b""),
        ("sync", tmp_path / "key.old", bytes(3)),  # it is overwritten where it lay
    ]
    assert (tmp_path / "key").read_bytes() == b"new"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
