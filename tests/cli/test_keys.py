"""biomatch key: the master key, and where it is looked for."""

from biomatch.cli.console import Exit


def test_a_master_key_leaves_the_folder_and_opens_it_from_where_it_is(biomatch, tmp_path, monkeypatch):
    gallery, safe = tmp_path / "bureau", tmp_path / "safe" / "key"
    biomatch("init", "--gallery", gallery)
    assert "lies beside the data" in " ".join(biomatch("doctor", "--gallery", gallery).out.split())
    made = biomatch("key", "rotate", "--gallery", gallery, "--to", safe, "--json").json
    assert (made["place"], made["persons"]) == (str(safe), 0)
    refused = biomatch("info", "--gallery", gallery)
    assert (refused.code, "BIOMATCH_MASTER_KEY_FILE" in refused.err) == (Exit.CONFLICT, True)
    monkeypatch.setenv("BIOMATCH_MASTER_KEY_FILE", str(safe))
    assert biomatch("info", "--gallery", gallery).code == Exit.OK
    refused = biomatch("key", "rotate", "--gallery", gallery)
    assert (refused.code, "--to" in refused.err) == (Exit.BAD_INPUT, True)
    monkeypatch.delenv("BIOMATCH_MASTER_KEY_FILE")
    monkeypatch.setenv("BIOMATCH_MASTER_KEY", safe.read_text())
    assert biomatch("info", "--gallery", gallery).code == Exit.OK
    monkeypatch.setenv("BIOMATCH_MASTER_KEY", "c2hvcnQ=")
    assert "5 bytes" in biomatch("info", "--gallery", gallery).err


def test_a_new_key_says_where_it_is_and_how_many_it_locks(biomatch, gallery):
    said = biomatch("key", "rotate", "-g", gallery).out
    assert said.startswith(f"{gallery} is locked by the key ")
    assert said.endswith("of 4 persons\n")
    assert biomatch("info", "-g", gallery, "--json").json["prints"] == 8


def test_what_lies_where_the_key_shall_be_stays(biomatch, gallery, tmp_path):
    (tmp_path / "key").write_text("something else")
    ran = biomatch("key", "rotate", "-g", gallery, "--to", tmp_path / "key")
    assert ran.code != Exit.OK
    assert (tmp_path / "key").read_text() == "something else"
    assert biomatch("info", "-g", gallery).code == Exit.OK
