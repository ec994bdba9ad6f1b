"""biomatch serve: what the command line says before the environment, and what is told where it cannot listen."""

import socket
import subprocess
import sys

import pytest

from biomatch.cli.console import Exit
from biomatch.errors import ModelMissing
from biomatch.service.settings import Settings


def test_a_port_that_is_taken_is_named(files, gallery):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "biomatch.cli", "serve", "-g", str(gallery), "--port", str(port)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ran.returncode == Exit.UNAVAILABLE
    assert f"port {port}: Address already in use" in ran.stderr
    assert "Errno" not in ran.stderr


@pytest.fixture
def served(monkeypatch):
    """What the service is begun with: (folder, actor, settings, models)."""
    asked = []
    monkeypatch.setattr("biomatch.service.serve", lambda *given, **named: asked.append((*given, named)))
    return asked


def test_the_command_line_counts_before_the_environment(biomatch, served, monkeypatch, tmp_path):
    monkeypatch.setenv("BIOMATCH_HOST", "10.0.0.7")
    monkeypatch.setenv("BIOMATCH_PORT", "8123")
    monkeypatch.setenv("BIOMATCH_OPEN", "true")
    monkeypatch.setenv("BIOMATCH_EXTRACTOR", "classical")
    assert biomatch("serve", "-g", tmp_path, "--port", 0, "--models", tmp_path / "models").code == Exit.OK
    folder, actor, named = served[0]
    settings = named["settings"]
    assert (folder, actor.door) == (tmp_path, "cli")
    assert (settings.host, settings.port, settings.extractor, settings.open) == ("10.0.0.7", 0, "classical", True)
    with pytest.raises(ModelMissing, match="models"):
        named["models"].names()


def test_what_is_not_said_is_as_the_settings_have_it(biomatch, served, tmp_path):
    biomatch("serve", "-g", tmp_path, "--open")
    settings = served[0][2]["settings"]
    assert settings == Settings().model_copy(update={"open": True})
    assert served[0][2]["models"] is None


@pytest.mark.parametrize("port", [-1, 65_536, "http"])
def test_a_port_that_there_is_not_is_wrong_usage(biomatch, served, tmp_path, port):
    assert biomatch("serve", "-g", tmp_path, "--port", port).code == Exit.BAD_INPUT
    assert served == []
