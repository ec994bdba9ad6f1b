"""Recorded system calls leave what was synced; a bureau that loses the rest is served again."""

import json
import shutil
from pathlib import Path

import pytest

from biomatch.bench.report import page
from biomatch.bench.service import power


def escaped(text):
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def name(path):
    return f'"{escaped(path)}"'


@pytest.fixture(scope="module")
def document(tmp_path_factory, missing):
    if shutil.which("strace") is None:
        missing("strace", "strace is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(power, "RECORDED_S", 4.0)
        patch.setattr(power, "FAILING", (("fdatasync", "EIO", "3+", power.AT_WORK),))
        run = power.measure(tmp_path_factory.mktemp("power"), 1, 1)
    return json.loads(json.dumps(run.document))


def test_nothing_that_was_acknowledged_is_lost_with_what_was_not_synced(document):
    cuts = document["figures"]["cuts"]
    assert cuts["acknowledged_writes"] > 0
    assert cuts["syncs"] > 0
    for way in power.WAYS:
        assert cuts[way]["folders"] == 1
        assert cuts[way]["unsynced_changes"]["most"] > 0
        assert cuts[way]["violations"] == []


def test_a_failing_disk_is_told_in_a_clear_error_and_loses_nothing(document):
    (failing,) = document["figures"]["failures"].values()
    assert failing["violations"] == []
    assert failing["refused"]
    assert not any(name.startswith("500") for name in failing["refused"])
    text = page.current("<!-- figures: power -->\n<!-- end of figures -->", {"power": document}, (), Path("r"))
    assert "| fdatasync fails with EIO at work | 1 |" in text
