"""Tasks outlive the process: wherever it is killed, each print is enrolled once, and each finding told once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from biomatch.bureau import DUPLICATE, FAILURE, Actor, open_gallery
from biomatch.bureau.folder.door import RemoteBureau
from biomatch.bureau.folder.lock import read_holder
from biomatch.store import open_store
from biomatch.store.jobs.items import STAGED
from biomatch.synthesis import press_again, synthesise_templates

ME = Actor("tester", "test")
IMAGES = ("P01-right-index_1", "P02-right-index_1", "P03-right-index_1", "P01-right-index_2")
POINTS = {
    "enrol": ("rows-written", "rows-committed", "step-written", "searchable"),
    "reindex": ("step-written", "change-committed"),
}
"""Each once, in the order in which a list of two steps comes to them."""


@pytest.fixture
def folder(tmp_path, database):
    place = tmp_path / "gallery"
    open_store(place, database=database).close()
    return place


@pytest.fixture
def listed(tmp_path, sample_print):
    """Four images, of which the last is the first person's again, and a file that is none."""
    lines = ["path,person"]
    for number, name in enumerate(IMAGES):
        (tmp_path / f"{name}.png").write_bytes(sample_print(name))
        lines.append(f"{name}.png,person {number}")
    (tmp_path / "list.csv").write_text("\n".join([*lines, "absent.png,nobody"]))
    return tmp_path / "list.csv"


def run(*arguments):
    command = [sys.executable, str(Path(__file__).parent / "tasker.py"), *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)


def test_a_kill_at_a_named_point_repeats_nothing_and_loses_nothing(folder, listed):
    for point in POINTS["enrol"]:
        assert run(folder, "enrol", listed, point, 1).returncode == -signal.SIGKILL, point
    ended = json.loads(run(folder, "enrol", listed).stdout)
    assert (ended["state"], ended["counts"]) == ("done", {"enrolled": 4, "skipped": 0, "failed": 1, "results": 2})
    for point in POINTS["reindex"]:
        assert run(folder, "reindex", listed, point, 1).returncode == -signal.SIGKILL, point
    anew = json.loads(run(folder, "reindex", listed).stdout)
    with open_gallery(folder, workers=1, extractor="learned") as bureau:
        assert sorted(stored.person for stored in bureau._context.store.prints.all()) == [
            f"person {number}" for number in range(4)
        ]
        assert set(bureau.upkeep.info(ME).extractors) == {bureau.upkeep.info(ME).extractor}
        (twins,) = bureau.tasks.task_result(ended["task"], ME, kind=DUPLICATE)
        assert {twins.what.person, twins.what.other} == {"person 0", "person 3"}
        assert [one.what.line for one in bureau.tasks.task_result(ended["task"], ME, kind=FAILURE)] == [6]
        assert bureau._context.store.jobs.items(anew["task"], STAGED) == []
        assert {job.state for job in bureau.tasks.tasks(ME)} == {"done"}
        assert bureau.upkeep.check(ME).ok


PRINTS = 96


def test_a_killed_server_goes_on_with_its_tasks_by_itself(serve, tmp_path):
    folder = tmp_path / "gallery"
    made = synthesise_templates(PRINTS, seed=5)
    made.append(press_again(made[0], np.random.default_rng(1), strength=0.5))
    for number, template in enumerate(made):
        (tmp_path / f"{number}.bmt").write_bytes(template.to_bytes())
    lines = ["path,person", *(f"{number}.bmt,person {number}" for number in range(len(made)))]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    with serve(folder) as server:
        with open_gallery(folder) as bureau:
            assert isinstance(bureau, RemoteBureau)
            task = bureau.tasks.enrol_list(tmp_path / "list.csv", ME, fpir=1e-9)
            twins = bureau.tasks.find_duplicates(ME, score=60)
            while bureau.tasks.task(task.job, ME).done < 32:
                time.sleep(0.01)
        server.process.kill()
        server.process.wait()
    left = Path(read_holder(folder).door)
    assert left.exists()
    with serve(folder) as server:
        assert not left.exists()
        with open_gallery(folder) as bureau:
            for one in (task, twins):
                while (found := bureau.tasks.task(one.job, ME)).is_open:
                    time.sleep(0.05)
                assert found.state == "done"
            counts = bureau.tasks.task(task.job, ME).counts
            assert (counts["enrolled"], counts["skipped"], counts["failed"]) == (PRINTS + 1, 0, 0)
            pairs = [{one.what.person, one.what.other} for one in bureau.tasks.task_result(task.job, ME, kind=DUPLICATE)]
            assert pairs.count({"person 0", f"person {PRINTS}"}) == 1
            assert bureau.upkeep.counts(ME)[2] == PRINTS + 1
            assert bureau.upkeep.check(ME).ok


def test_commands_on_a_served_folder_are_done_by_the_server(serve, tmp_path, listed):
    folder = tmp_path / "gallery"

    def command(*arguments):
        program = [sys.executable, "-c", "from biomatch.cli import main; main()", *map(str, arguments), "-g", str(folder)]
        return subprocess.run(program, capture_output=True, text=True, check=False, cwd=tmp_path)

    with serve(folder):
        ran = command("enrol", "--manifest", "list.csv", "--failures", "failed.csv", "--duplicates", "twins.csv")
        assert ran.returncode == 2, ran.stderr
        assert "enrolled 4 prints" in ran.stdout
        assert "absent.png" in (tmp_path / "failed.csv").read_text()
        assert "person 3" in (tmp_path / "twins.csv").read_text()
        ran = command("duplicates", "--json")
        assert (ran.returncode, len(json.loads(ran.stdout)["duplicates"])) == (1, 1), ran.stderr
        for arguments in (["reindex"], ["check"], ["backup", "-o", "backup", "--keys", "keys"], ["task", "list"]):
            ran = command(*arguments)
            assert ran.returncode == 0, ran.stderr
        assert (tmp_path / "backup" / "backup.json").exists()
    with open_gallery(folder, workers=1) as bureau:
        acts = [leaf.said for leaf in bureau.upkeep.audit_leaves(ME)]
    assert {act["actor"]["door"] for act in acts if act["act"] != "begin"} == {"cli"}
