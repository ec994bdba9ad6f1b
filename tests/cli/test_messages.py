"""What a person, or a program that asked for JSON, is told when a command cannot do what it was asked for."""

import json
import subprocess
import sys

import numpy as np
import pytest

from biomatch import cli
from biomatch.cli.console import Exit
from biomatch.vocabulary import ImpressionType


@pytest.mark.parametrize(
    "command",
    [
        ("extract", "{}"),
        ("quality", "{}"),
        ("verify", "good.png", "{}"),
        ("verify", "{}", "good.png"),
        ("show", "good.png", "{}"),
        ("convert", "{}", "out.wsq"),
        ("nist", "show", "{}"),
        ("nist", "extract", "{}", "-o", "out"),
        ("nist", "make", "-o", "out.an2", "right-index={}"),
        ("enrol", "-g", "gallery", "{}"),
        ("identify", "-g", "gallery", "{}"),
        ("identify", "-g", "gallery", "good.png", "{}", "--together"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("name", "words"),
    [("nofile.png", "no such file"), ("empty.png", "is empty"), ("words.png", ""), ("package.xml", "XML")],
)
def test_a_file_that_cannot_be_used_is_named_once(biomatch, files, gallery, command, name, words):
    ran = biomatch(*(part.format(name) for part in command))
    assert ran.code == Exit.BAD_INPUT
    (line,) = [line for line in ran.err.splitlines() if line.startswith("error:")]
    assert line.count(name) == 1
    assert words.lower() in line.lower()
    assert "no print was given" not in line
    assert "Errno" not in line


@pytest.mark.parametrize(
    "command", [("show",), ("extract", "-o", "out"), ("search", "-g", "gallery"), ("enrol", "-g", "gallery")]
)
def test_what_is_no_transaction_is_not_sent_in_a_circle(biomatch, files, gallery, command):
    for name in ("package.xml", "good.png", "empty.png"):
        assert "nist show" not in biomatch("nist", command[0], name, *command[1:]).err


def test_xml_is_told_what_to_do_instead(biomatch, files):
    told = biomatch("nist", "show", "package.xml").err
    assert "only the traditional encoding is read" in told
    assert "ask the sender" in told


@pytest.mark.parametrize("command", [("quality",), ("extract",), ("verify", "good.png"), ("show",)])
def test_a_transaction_where_a_print_is_needed_is_called_one(biomatch, files, command):
    biomatch("nist", "make", "-o", "t.an2", "right-index=good.png")
    ran = biomatch(*command, "t.an2")
    assert ran.code == Exit.BAD_INPUT
    assert "it is an ANSI/NIST-ITL transaction, which `biomatch nist extract` takes apart" in ran.err


def test_a_folder_without_prints_is_named(biomatch, files):
    assert "folder holds no" in biomatch("quality", "folder").err


@pytest.mark.parametrize("command", [("evaluate",), ("enrol", "-g", "gallery", "--manifest")], ids=" ".join)
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, "No such file or directory"),
        ("folder", None, "directory"),
        ("bytes.csv", None, "not text in UTF-8"),
        ("empty.csv", b"", "is empty"),
        ("head.csv", b"path,person,set,finger,impression\n", "no line below the column names"),
    ],
)
def test_a_list_that_cannot_be_used_says_why_in_words(biomatch, files, gallery, command, name, content, words):
    if command[0] == "evaluate" and name == "folder":
        words = "holds no prints"
    if command[0] == "enrol" and name == "head.csv":
        words = "no line below the column names"
    if content is not None:
        (files / name).write_bytes(content)
    ran = biomatch(*command, name)
    assert ran.code == Exit.BAD_INPUT
    assert words in ran.err
    assert not any(slip in ran.err for slip in ("Errno", "codec", "literal"))


def test_a_number_of_a_list_that_is_none_is_shown_with_its_column(biomatch, files):
    (files / "list.csv").write_text("path,set,finger,impression\na.png,s,1,first\n")
    assert "line 2: impression 'first' is no whole number" in biomatch("evaluate", "list.csv").err


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("init", "-g", "good.png"), Exit.CONFLICT),
        (("enrol", "-g", "good.png", "good.png"), Exit.CONFLICT),
        (("info", "-g", "good.png"), Exit.CONFLICT),
        (("demo", "-g", "good.png"), Exit.CONFLICT),
        (("export", "-g", "gallery", "-o", "good.png"), Exit.BAD_INPUT),
        (("backup", "-g", "gallery", "-o", "good.png", "--keys", "keys"), Exit.BAD_INPUT),
        (("backup", "-g", "gallery", "-o", "out", "--keys", "good.png"), Exit.BAD_INPUT),
        (("restore", "good.png", "-g", "new", "--keys", "keys"), Exit.BAD_INPUT),
        (("extract", "good.png", "--trace", "good.png"), Exit.BAD_INPUT),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_file_in_a_folder_s_place_is_called_a_file(biomatch, files, gallery, command, code):
    ran = biomatch(*command)
    assert ran.code == code, ran.err
    assert "good.png" in ran.err
    assert "it is a file, not a folder" in ran.err


def test_models_that_are_not_there_are_missing(biomatch, files):
    ran = biomatch("doctor", "--models", "nowhere")
    assert ran.code == Exit.BAD_INSTALLATION
    assert "nowhere" in ran.err


def test_missing_fingers_are_named(biomatch, files):
    from biomatch.formats import nist

    grey = np.tile(np.uint8([[40, 200]]), (300, 300))
    slap = nist.Picture(grey, 13, ImpressionType.LIVE_SCAN_PLAIN, missing=((2, "XX"), (5, "UP")))
    (files / "slap.an2").write_bytes(nist.request("CPS", [slap], nist.Envelope("HERE", "THERE")).to_bytes())
    told = " ".join(biomatch("nist", "show", "slap.an2").out.split())
    assert "right index missing (amputated), right little missing (unable to print)" in told


def error_of(ran):
    """The one document on stdout, which is an error of the one shape."""
    document = json.loads(ran.out)
    assert set(document) == {"error"}
    assert set(document["error"]) == {"code", "message", "values"}
    assert "error:" not in ran.err
    return document["error"]


@pytest.mark.parametrize(
    ("command", "code", "left"),
    [
        (("extract", "nofile.png"), "file-unreadable", Exit.BAD_INPUT),
        (("verify", "good.png", "words.png"), "unreadable-image", Exit.BAD_INPUT),
        (("show", "empty.png"), "file-empty", Exit.BAD_INPUT),
        (("identify", "-g", "gallery", "words.png"), "unreadable-image", Exit.BAD_INPUT),
        (("identify", "-g", "nowhere", "good.png"), "gallery-missing", Exit.NOT_FOUND),
        (("remove", "-g", "gallery", "--person", "nobody"), "person-not-found", Exit.NOT_FOUND),
        (("init", "-g", "good.png"), "not-a-gallery", Exit.CONFLICT),
        (("nist", "show", "package.xml"), "xml-not-read", Exit.BAD_INPUT),
        (("train", "--data", "folder", "--out", "o"), "bad-manifest", Exit.BAD_INPUT),
        (("synth", "prints", "-o", "o", "-n", "0"), "impossible-synthesis", Exit.BAD_INPUT),
        (("doctor", "--models", "nowhere"), "model-missing", Exit.BAD_INSTALLATION),
        (("identify", "-g", "gallery", "--top", "0", "good.png"), "wrong-usage", Exit.BAD_INPUT),
        (("verify", "good.png"), "wrong-usage", Exit.BAD_INPUT),
        (("info", "-g", "gallery", "--nonsense"), "wrong-usage", Exit.BAD_INPUT),
        (("no-such-command",), "wrong-usage", Exit.BAD_INPUT),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_failure_is_one_json_document_where_json_was_asked_for(biomatch, files, gallery, command, code, left):
    ran = biomatch(*command, "--json")
    assert error_of(ran)["code"] == code
    assert ran.code == left


def test_an_error_s_values_name_the_file(biomatch, files):
    found = error_of(biomatch("verify", "--json", "good.png", "words.png"))
    assert found["values"]["path"] == "words.png"
    assert found["message"].startswith("words.png: ")


def test_evaluate_fails_in_json_where_its_report_goes_to_stdout(biomatch, files):
    assert error_of(biomatch("evaluate", "none.csv", "--json", "-"))["code"] == "bad-manifest"
    assert error_of(biomatch("evaluate", "none.csv", "--json=-"))["code"] == "bad-manifest"


@pytest.mark.parametrize(
    "command",
    [("quality",), ("extract",), ("identify", "-g", "gallery"), ("enrol", "-g", "gallery", "--person", "ann")],
    ids=" ".join,
)
def test_of_several_files_the_document_holds_those_that_failed(biomatch, files, gallery, command):
    ran = biomatch(*command, "--json", "good.png", "words.png")
    assert ran.code == Exit.BAD_INPUT
    document = ran.json
    rows = document["failed"] if isinstance(document, dict) else document
    (failed,) = [row["error"] for row in rows if "error" in row]
    assert failed["code"] == "unreadable-image"
    assert failed["values"]


def test_a_defect_is_no_answer(monkeypatch, biomatch, files):
    """A traceback would leave with 1, which says "no match"."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("so much for that")

    monkeypatch.setattr(cli.inputs, "compare", broken)
    ran = biomatch("verify", "good.png", "good.png")
    assert ran.code == Exit.DEFECT
    assert "ZeroDivisionError" in ran.err
    assert "please report" in ran.err
    assert error_of(biomatch("verify", "--json", "good.png", "good.png"))["code"] == "defect"


def test_the_reader_of_a_pipe_may_leave(files):
    command = f"{sys.executable} -m biomatch.cli --help | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in ran.stderr
