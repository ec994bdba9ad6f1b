"""The real server: commands reach it through its side door, and a kill costs nothing that it acknowledged."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from biomatch.bureau import Actor, Upload, open_gallery
from biomatch.bureau.door import RemoteBureau
from biomatch.bureau.lock import read_holder
from biomatch.errors import FolderInUse

ME = Actor("tester", "test")


def test_a_served_folder_takes_commands_and_survives_a_kill(serve, sample_print, tmp_path):
    folder = tmp_path / "gallery"
    probe = Upload(sample_print("P01-right-index_3"), "probe.png")
    with serve(folder) as server:
        with httpx.Client(base_url=server.url, timeout=300) as client:
            files = {"image": sample_print("P01-right-index_1")}
            answer = client.post("/v1/persons/P01/encounters", files=files)
            assert answer.status_code == 200
            assert "server" not in answer.headers  # nor its version
            with open_gallery(folder) as bureau:
                assert isinstance(bureau, RemoteBureau)
                bureau.enrol("P02", [Upload(sample_print("P02-right-index_1"))], ME)
                assert bureau.identify([probe], ME).search.candidates[0].person == "P01"
            with pytest.raises(FolderInUse, match=str(server.process.pid)):
                open_gallery(folder, answer=True)
            assert client.get("/v1/persons/P02/encounters").status_code == 200
        door = Path(read_holder(folder).door)
        server.process.kill()
        server.process.wait()
        shutil.rmtree(door.parent)  # what a kill leaves behind
    with open_gallery(folder, workers=1) as bureau:
        assert {stored.person for stored in bureau._store.prints.all()} == {"P01", "P02"}
        assert bureau.identify([probe], ME).search.candidates[0].person == "P01"


def test_a_server_that_is_told_to_stop_closes_its_gallery(serve, tmp_path):
    folder = tmp_path / "gallery"
    with serve(folder) as server:
        door = Path(read_holder(folder).door)
        assert door.exists()
        server.process.terminate()
        assert server.process.wait() == 0
    assert not door.exists()
    assert read_holder(folder) is None
