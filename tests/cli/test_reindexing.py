from biomatch.cli.console import Exit


def test_every_print_is_by_the_extractor_that_was_asked_for(biomatch, gallery, sample):
    before = biomatch("info", "-g", gallery, "--json").json
    found = biomatch("reindex", "-g", gallery, "--extractor", "classical", "--json")
    assert (found.code, found.json["state"], found.json["total"], found.json["failures"]) == (Exit.OK, "done", 8, [])
    after = biomatch("info", "-g", gallery, "--json").json
    assert list(after["extractors"].values()) == [8]
    assert after["extractors"].keys().isdisjoint(before["extractors"])
    probe = sample / "enrol" / "P03-right-index_2.png"
    found = biomatch("identify", "-g", gallery, probe, "--extractor", "classical", "--json").json
    assert found["candidates"][0]["person"] == "P03"
    assert biomatch("check", "-g", gallery).code == Exit.OK


def test_nothing_to_do_is_said(biomatch, gallery):
    ran = biomatch("reindex", "-g", gallery)
    assert ran.code == Exit.OK
    assert "extracted 0 prints anew" in ran.out


def test_what_cannot_be_extracted_is_told_and_stays(biomatch, gallery):
    blob = next(path for path in (gallery / "blobs").rglob("*") if path.is_file())
    blob.unlink()
    ran = biomatch("reindex", "-g", gallery, "--extractor", "classical")
    assert ran.code == Exit.NO
    assert "extracted 7 prints anew" in ran.out
    assert "1 print stays" in ran.out
