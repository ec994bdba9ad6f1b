"""The real server: commands reach it through its side door, and a kill costs nothing that it acknowledged."""

from __future__ import annotations

import getpass
import shutil
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from biomatch.bureau import GRANTED, Actor, Scope, Upload, open_gallery
from biomatch.bureau.folder.door import RemoteBureau
from biomatch.bureau.folder.lock import read_holder
from biomatch.errors import FolderInUse

ME = Actor("tester", "test")


def test_a_served_folder_takes_commands_and_survives_a_kill(serve, sample_print, tmp_path):
    folder = tmp_path / "gallery"
    probe = Upload(sample_print("P01-right-index_3"), "probe.png")
    with serve(folder) as server:
        with httpx.Client(base_url=server.url, headers=server.headers, timeout=300) as client:
            files = {"image": sample_print("P01-right-index_1")}
            answer = client.post("/v1/persons/P01/encounters", files=files)
            assert answer.status_code == 200
            assert "server" not in answer.headers  # nor its version
            with open_gallery(folder) as bureau:
                assert isinstance(bureau, RemoteBureau)
                bureau.encounters.enrol("P02", [Upload(sample_print("P02-right-index_1"))], ME)
                assert bureau.searches.identify([probe], ME).search.candidates[0].person == "P01"
            with pytest.raises(FolderInUse, match=str(server.process.pid)):
                open_gallery(folder, answer=True)
            assert client.get("/v1/persons/P02/encounters").status_code == 200
        door = Path(read_holder(folder).door)
        server.process.kill()
        server.process.wait()
        shutil.rmtree(door.parent)  # what a kill leaves behind
    with open_gallery(folder, workers=1) as bureau:
        assert {stored.person for stored in bureau._context.store.prints.all()} == {"P01", "P02"}
        assert bureau.searches.identify([probe], ME).search.candidates[0].person == "P01"


def test_a_gallery_gets_its_first_token_when_it_is_served_and_the_audit_tree_says_so(serve, tmp_path):
    """Who can reach the port need not be who may enter the folder: any user of the machine can."""
    folder = tmp_path / "gallery"
    with serve(folder) as server:
        assert httpx.get(f"{server.url}/v1/counts").status_code == 401
        assert httpx.get(f"{server.url}/v1/counts", headers=server.headers).status_code == 200
        with open_gallery(folder) as bureau:
            (token,) = bureau.access.tokens(ME)
            (said,) = [leaf.said for leaf in bureau.upkeep.audit_leaves(ME) if leaf.said["act"] == "create-token"]
        assert (token.name, token.token) == ("first", server.token.split("_")[1])
        assert (said["actor"]["name"], said["details"]["token"]) == (getpass.getuser(), token.token)
        assert {Scope(scope) for scope in token.scopes} == GRANTED
        first = server.token
    with serve(folder) as server:
        assert server.token == ""  # it has one, which is not shown again
        assert httpx.get(f"{server.url}/v1/counts", headers={"Authorization": f"Bearer {first}"}).status_code == 200


def test_the_printed_address_and_the_commands_open_the_page_once_each(serve, tmp_path):
    folder = tmp_path / "gallery"
    with serve(folder) as server:
        command = [sys.executable, "-m", "biomatch.cli", "page", "--gallery", str(folder)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        assert printed != server.page
        for address in (server.page, printed):
            place, _, code = address.partition("/#code=")
            assert place == server.url
            with httpx.Client(base_url=place) as browser:
                assert browser.post("/session", json={"code": code}).status_code == 204
                assert browser.get("/session").json()["name"] == getpass.getuser()
                assert browser.get("/v1/counts").status_code == 200
                assert browser.post("/session", json={"code": code}).status_code == 401


def test_a_service_that_cannot_listen_makes_no_token_that_nobody_would_see(tmp_path):
    folder = tmp_path / "gallery"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "biomatch.cli", "serve", "--gallery", str(folder), "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "Address already in use" in ended.stderr
    with open_gallery(folder, workers=1) as bureau:
        assert bureau.access.tokens(ME) == []


def test_whoever_wishes_it_serves_a_gallery_without_tokens(serve, tmp_path):
    with serve(tmp_path / "gallery", open="yes") as server:
        assert server.token == ""
        assert httpx.get(f"{server.url}/v1/counts").status_code == 200


def test_a_head_that_does_not_end_is_not_read_on(serve, tmp_path):
    with serve(tmp_path / "gallery") as server:
        port = httpx.URL(server.url).port
        with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
            with pytest.raises(ConnectionError):
                line.sendall(b"a" * (20 << 20))
        assert httpx.get(f"{server.url}/healthz").status_code == 200


def test_a_server_that_is_told_to_stop_closes_its_gallery(serve, tmp_path):
    folder = tmp_path / "gallery"
    with serve(folder) as server:
        door = Path(read_holder(folder).door)
        assert door.exists()
        server.process.terminate()
        assert server.process.wait() == 0
    assert not door.exists()
    assert read_holder(folder) is None


def test_over_tls_a_server_that_is_told_to_stop_answers_what_it_has_begun(serve, sample_print, tmp_path):
    certificate, key = _certificate(tmp_path)
    image = sample_print("P01-right-index_1")
    with serve(tmp_path / "gallery", tls_certificate=str(certificate), tls_key=str(key)) as server:
        head = "POST /v1/quality HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        head += f"Authorization: Bearer {server.token}\r\n"
        whole = f"{head}Content-Length: {len(image)}\r\n\r\n".encode() + image
        place = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        trusted = ssl.create_default_context(cafile=str(certificate))
        with trusted.wrap_socket(socket.create_connection(place), server_hostname="localhost") as line:
            assert line.version() in ("TLSv1.2", "TLSv1.3")
            line.sendall(whole[:300])
            time.sleep(0.3)
            server.process.terminate()
            time.sleep(0.3)
            line.sendall(whole[300:])
            assert line.recv(1_000).startswith(b"HTTP/1.1 200")
        assert server.process.wait() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place)


def _certificate(folder):
    """For localhost, signed by itself: files with certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
