import cv2
import numpy as np
import pytest

from biomatch.errors import FileUnwritable
from biomatch.synthesis import sheet


def test_a_sheet_is_written_into_a_folder_that_was_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(sheet, "sheet", lambda *_: np.full((4, 6, 3), 90, np.uint8))
    sheet.write(tmp_path / "new" / "sheet.png", 1)
    assert cv2.imread(str(tmp_path / "new" / "sheet.png")).shape == (4, 6, 3)


@pytest.mark.parametrize("name", ["file/sheet.png", "folder.png", "x" * 300 + ".png"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_drawn(tmp_path, monkeypatch, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    monkeypatch.setattr(sheet, "sheet", lambda *_: pytest.fail("drawn"))
    with pytest.raises(FileUnwritable):
        sheet.write(tmp_path / name, 1)
