import shutil

import pytest

from biomatch.errors import ModelDamaged, ModelMissing, UnknownName
from biomatch.extraction import NAMES, open_extractor
from biomatch.extraction.network import MODEL, SYNTHETIC_MODEL
from biomatch.learned import Models


def test_every_name_opens_an_extractor_of_its_own():
    versions = {open_extractor(name).version for name in NAMES}
    assert len(versions) == len(NAMES)
    assert open_extractor().version == open_extractor("learned").version


def test_other_names_are_refused():
    with pytest.raises(UnknownName, match="learned-synthetic"):
        open_extractor("deep")


@pytest.mark.parametrize("name", [MODEL, SYNTHETIC_MODEL])
def test_missing_and_changed_networks_are_named(tmp_path, root, name):
    kind = "learned" if name == MODEL else "learned-synthetic"
    with pytest.raises(ModelMissing, match=f"'{name}' was not found in {tmp_path}"):
        open_extractor(kind, Models(tmp_path))
    shutil.copytree(root / "models" / name, tmp_path / name)
    file = tmp_path / name / "network.onnx"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(ModelDamaged, match="sha256"):
        open_extractor(kind, Models(tmp_path))
    file.unlink()
    with pytest.raises(ModelMissing):
        open_extractor(kind, Models(tmp_path))
