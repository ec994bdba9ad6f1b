"""Why a file could not be read, without the words of Python and of the system's numbers."""

import csv
import errno

import pytest

from biomatch.errors import BadManifest
from biomatch.errors.work import reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x"), "No such file or directory"),
        (OSError("odd"), "it cannot be read"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "it is not text in UTF-8"),
        (csv.Error("line contains NUL"), "line contains NUL"),
    ],
)
def test_a_reason_is_in_words(error, reason):
    assert reason_of(error) == reason
    manifest = BadManifest.because("list.csv", error)
    assert manifest.values == {"path": "list.csv", "reason": reason}
    assert f"list.csv cannot be used: {reason};" in manifest.message
