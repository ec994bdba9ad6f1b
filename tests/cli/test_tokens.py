"""Tokens on the command line."""

import json

import pytest
from typer.testing import CliRunner

from biomatch.bureau import open_gallery
from biomatch.cli import app
from biomatch.errors import UnknownName


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments):
        return CliRunner().invoke(app, [*arguments, "--gallery", str(tmp_path / "gallery")], catch_exceptions=False)

    return invoke


def test_a_bureau_begins_with_a_token_that_opens_it(run, tmp_path):
    text = json.loads(run("init", "--json").stdout)["token"]
    assert json.loads(run("init", "--json").stdout)["token"] is None
    with open_gallery(tmp_path / "gallery", workers=1) as bureau:
        assert bureau.access.authenticate(text).name == "first"


def test_a_token_is_made_listed_and_revoked(run, tmp_path):
    run("init")
    text = run("token", "create", "post 7", "--scope", "abis.identify", "--days", "30", "--per-minute", "60").stdout.strip()
    listed = json.loads(run("token", "list", "--json").stdout)
    assert [(one["name"], one["scopes"], one["perMinute"]) for one in listed][1:] == [("post 7", ["abis.identify"], 60)]
    assert text.split("_")[1] == listed[1]["id"]
    assert text not in run("token", "list").stdout
    assert run("token", "revoke", listed[1]["id"]).exit_code == 0
    assert json.loads(run("token", "list", "--json").stdout)[1]["revoked"]


@pytest.mark.parametrize("days", ["0", "-3", "nan"])
def test_a_token_for_no_time_is_refused_in_words(biomatch, tmp_path, days):
    biomatch("init", "-g", tmp_path / "gallery")
    ran = biomatch("token", "create", "post 7", "--days", days, "-g", tmp_path / "gallery")
    assert ran.code == 2
    assert f"cannot be good for {days} days; give more than 0" in ran.err


def test_a_scope_that_does_not_exist_is_refused(run):
    run("init")
    with pytest.raises(UnknownName, match=r"abis\.identify"):
        run("token", "create", "post 7", "--scope", "everything")


def test_a_token_as_json_is_the_token_beside_its_id(run, tmp_path):
    run("init")
    made = json.loads(run("token", "create", "post 7", "--scope", "abis.encounter.read", "--json").stdout)
    assert made["token"] == made["secret"], "secret is what token was called"
    assert made["token"].split("_")[1] == made["id"]
    assert made["scopes"] == ["abis.encounter.read"], "as --scope takes them"
    with open_gallery(tmp_path / "gallery", workers=1) as bureau:
        assert bureau.access.authenticate(made["token"]).name == "post 7"


def test_a_list_of_tokens_says_ids_and_no_tokens(run):
    made = json.loads(run("init", "--json").stdout)["token"]
    listed = run("token", "list", "--json").stdout
    (first,) = json.loads(listed)
    assert first["id"] == made.split("_")[1]
    assert "token" not in first
    assert "abis.identify" in first["scopes"]
    assert made not in listed
