"""What a table says of who may come in, and of what was answered, counts where the audit tree or a seal bears it out."""

import json
import logging
import shutil
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text

from biomatch.bureau import Actor, restore
from biomatch.crypto import sha256
from biomatch.errors import GalleryDamaged, ProbesErased, PurposeMissing, TokenMissing, TokenRevoked, TokenUnknown
from biomatch.store import DATABASE, Act, Step, backup, open_store
from biomatch.store.audit import evidence
from biomatch.store.audit.checkpoint import key_of
from biomatch.store.jobs import jobs
from biomatch.store.rows import answers, seals, tables

OLDER = "written-by-0.1-bureau"  # with two tokens, three tasks, a required purpose and two answers, at the layout before this
GOOD = "biomatch_d38ac0af_f7db07ddcb034b5d7c08574f54f4d28936b9972c78dbbb7d6337d80dc93bc46f"
REVOKED = "biomatch_4eb8b5a3_250d7117e009917cddf3430eeb1c35f8e1c988760240dd17d4e107c311b34171"
KEYED = Actor("tester", "test", key="first")


def edit(bureau, *statements, **values):
    """As somebody does who can write to the database, and to nothing else."""
    engine = create_engine(bureau._context.store.engine.url)
    with engine.begin() as connection:
        for statement in statements:
            assert connection.execute(text(statement), values).rowcount > 0
    engine.dispose()


@contextmanager
def changed(bureau, table, change, where="1 = 1"):
    """An edit of a table's rows, put back at the end."""
    with bureau._context.store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(table.select()).mappings()]
    edit(bureau, f"UPDATE {table.name} SET {change} WHERE {where}", **given(change))
    yield
    engine = create_engine(bureau._context.store.engine.url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))  # foreign keys are not looked at
        connection.execute(table.delete())
        connection.execute(table.insert(), rows)
    engine.dispose()


def given(change):
    """Values of the parameters in a statement."""
    return {"bytes": b"1" * 16} if ":bytes" in change else {}


def places(report):
    return {finding.where for finding in report.findings}


@pytest.fixture
def busy(open_bureau, me, record, done):
    """A bureau with tokens, a required purpose, answers that are kept, and a task that has ended. Whose token: `made`."""
    bureau = open_bureau()
    bureau.access.require_purpose(me)
    bureau.made, bureau.text = bureau.access.create_token("post 7", me, scopes=["abis.verify"], per_minute=60)
    bureau.gone, bureau.gone_text = bureau.access.create_token("post 8", me)
    bureau.access.revoke_token(bureau.gone.token, me)
    bureau.encounters.enrol("ada", [record(1)], KEYED)
    bureau.encounters.enrol("bob", [record(1, again=1)], me)
    bureau.job = done(bureau, bureau.tasks.find_duplicates(me.searching_for("clean up", "act 4"), score=0.0).job, me)
    assert bureau.upkeep.verify_audit(me).ok
    return bureau


def again(bureau, open_bureau):
    bureau.close()
    return open_bureau()


INSERTED = (
    "INSERT INTO tokens (token, name, digest, scopes, per_minute, created, expires, bureau)"
    " SELECT 'abcd1234', 'intruder', :digest, 'abis.encounter.write', NULL, created, expires, bureau FROM tokens LIMIT 1"
)


def test_a_token_that_no_act_made_is_named_and_not_served(busy, open_bureau, me, caplog):
    secret = "biomatch_abcd1234_" + "0" * 64
    edit(busy, INSERTED, digest=sha256(secret.encode()))
    with caplog.at_level(logging.WARNING):
        bureau = again(busy, open_bureau)
    assert any("token" in one.message and one.counts == {"tokens": 1} for one in caplog.records)
    with pytest.raises(TokenUnknown):
        bureau.access.authenticate(secret)
    assert "token abcd1234" in places(bureau.upkeep.verify_audit(me))
    assert "token abcd1234" in places(bureau.upkeep.check(me))
    (told,) = (one for one in bureau.upkeep.condition(me) if one.what == "tokens")
    assert (told.well, "abcd1234" in told.words) == (False, True)


def test_a_token_that_is_put_in_while_the_bureau_is_open_is_named_at_once(busy, me):
    edit(busy, INSERTED, digest=b"0" * 32)
    (told,) = (one for one in busy.upkeep.condition(me) if one.what == "tokens")
    assert (told.well, "abcd1234" in told.words) == (False, True)


def test_a_leaf_that_was_put_in_makes_no_token_either(busy, open_bureau, me):
    """Whoever can write to the database can append a leaf that fits; what a token's leaf commits to takes the bureau's keys."""
    secret = "biomatch_abcd1234_" + "0" * 64
    told = next(leaf.said for leaf in busy.upkeep.audit_leaves(me) if leaf.said["act"] == "create-token")
    details = told["details"] | {"token": "abcd1234", "scopes": ["abis.encounter.write"], "name": "intruder"}
    busy._context.store.audit.record(Act("create-token", told["actor"], details=details))
    edit(busy, INSERTED, digest=sha256(secret.encode()))
    bureau = again(busy, open_bureau)
    with pytest.raises(TokenUnknown):
        bureau.access.authenticate(secret)
    assert "token abcd1234" in places(bureau.upkeep.verify_audit(me))


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ("scopes = 'abis.encounter.write'", TokenUnknown),
        ("per_minute = NULL", TokenUnknown),
        ("name = 'somebody else'", TokenUnknown),
        ("expires = '2999-01-01T00:00:00.000+00:00'", TokenUnknown),
        ("created = '2020-01-01T00:00:00.000+00:00'", TokenUnknown),
        ("bureau = 'another'", TokenUnknown),
        ("revoked = '2020-01-01T00:00:00.000+00:00'", TokenRevoked),
    ],
)
def test_a_token_whose_row_was_changed_is_named_and_not_served(busy, open_bureau, me, change, refused):
    edit(busy, f"UPDATE tokens SET {change} WHERE token = '{busy.made.token}'")
    bureau = again(busy, open_bureau)
    with pytest.raises(refused):
        bureau.access.authenticate(busy.text)
    assert places(bureau.upkeep.verify_audit(me)) == {f"token {busy.made.token}"}


def test_a_secret_in_the_place_of_anothers_opens_nothing(busy, open_bureau, me):
    other = f"biomatch_{busy.made.token}_" + "1" * 64
    edit(busy, f"UPDATE tokens SET digest = :digest WHERE token = '{busy.made.token}'", digest=sha256(other.encode()))
    bureau = again(busy, open_bureau)
    with pytest.raises(TokenUnknown):
        bureau.access.authenticate(other)
    assert places(bureau.upkeep.verify_audit(me)) == {f"token {busy.made.token}"}


def test_a_revocation_cannot_be_undone_in_the_table(busy, open_bureau, me):
    edit(busy, f"UPDATE tokens SET revoked = NULL WHERE token = '{busy.gone.token}'")
    bureau = again(busy, open_bureau)
    with pytest.raises(TokenRevoked):
        bureau.access.authenticate(busy.gone_text)
    assert places(bureau.upkeep.verify_audit(me)) == {f"token {busy.gone.token}"}


def test_a_bureau_whose_tokens_were_deleted_stays_closed(busy, open_bureau, me):
    edit(busy, "DELETE FROM tokens")
    bureau = again(busy, open_bureau)
    with pytest.raises(TokenMissing):
        bureau.access.authenticate(None)
    assert places(bureau.upkeep.verify_audit(me)) == {f"token {busy.made.token}", f"token {busy.gone.token}"}


def test_a_token_is_revoked_once(busy, open_bureau, me):
    busy.access.revoke_token(busy.gone.token, me)
    assert busy.upkeep.verify_audit(me).ok
    assert again(busy, open_bureau).access.tokens(me)[1].revoked == busy._context.store.tokens.all()[1].revoked


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM meta WHERE key = 'purpose_required'", "UPDATE meta SET value = 'no' WHERE key = 'purpose_required'"],
)
def test_a_rule_that_was_taken_out_of_the_table_holds(busy, open_bureau, me, record, statement):
    edit(busy, statement)
    bureau = again(busy, open_bureau)
    with pytest.raises(PurposeMissing):
        bureau.searches.identify([record(1)], me)
    assert places(bureau.upkeep.verify_audit(me)) == {"setting purpose_required"}
    (told,) = (one for one in bureau.upkeep.condition(me) if one.what == "purpose")
    assert not told.well


def test_a_leaf_that_was_put_in_changes_no_rule(busy, open_bureau, me, record):
    busy._context.store.audit.record(Act("require-purpose", {"name": "me"}, details={"settings": {"purpose_required": "no"}}))
    edit(busy, "UPDATE meta SET value = 'no' WHERE key = 'purpose_required'")
    bureau = again(busy, open_bureau)
    with pytest.raises(PurposeMissing):
        bureau.searches.identify([record(1)], me)
    assert places(bureau.upkeep.verify_audit(me)) == {"setting purpose_required"}


def test_a_setting_that_no_act_made_is_named(busy, me):
    edit(busy, "INSERT INTO meta (key, value) VALUES ('everybody_may', 'yes')")
    assert places(busy.upkeep.verify_audit(me)) == {"setting everybody_may"}


@pytest.mark.parametrize("name", ["audit_key", "sealed"])
def test_what_names_a_bureaus_keys_is_held_against_the_tree(busy, me, name):
    edit(busy, f"UPDATE meta SET value = 'another' WHERE key = '{name}'")
    assert places(busy.upkeep.verify_audit(me)) == {f"setting {name}"}


ANSWER = (
    "answer = '[]'", "asked = :bytes", "person = NULL", "person = 'bob'", "created = '2999'", "bureau = 'x'", "seal = NULL",
)  # fmt: skip
TASK = (
    """counts = '{"results": 9}'""", "kind = 'reindex'", "state = 'failed'", "done = 77", "total = 77", "actor = '{}'",
    "token = 'abcd'", "fence = 77", "lease = '2999'", "created = '2020'", "worked = '2020'", "ended = NULL", "bureau = 'x'",
    "parameters = :bytes", "fault = parameters", "seal = NULL", "state = 'waiting', ended = NULL",
)  # fmt: skip
RESULT = ("kind = 'staged'", "name = 'x'", "person = 'x'", "other = NULL", "number = 77", "content = :bytes", "seal = NULL")
PAST = (
    "person = 'ada'", "encounter = 'x'", "created = '2020'", "quality = 77", "extractor = 'x/1'", "template = :bytes",
    "until = until + 1", "until = NULL", "state = 'inactive', print_id = 'x'", "print_id = 'x'",
)  # fmt: skip


def _kept_under(bureau, key):
    return answers._name(bureau._context.store.keys, "", key)


def test_an_answer_that_was_changed_is_named_and_not_given(busy, me, record):
    for change in ANSWER:
        with changed(busy, tables.answers, change):
            assert places(busy.upkeep.verify_audit(me)) == {f"answer {_kept_under(busy, 'first')}"}, change
            with pytest.raises(GalleryDamaged, match="answer"):
                busy.encounters.enrol("ada", [record(1)], KEYED)
    assert busy.upkeep.verify_audit(me).ok


def test_an_answer_that_was_put_in_is_named(busy, me):
    edit(
        busy,
        "INSERT INTO answers (token, key, asked, answer, person, created, bureau, seal)"
        " SELECT token, 'other', asked, answer, person, created, bureau, seal FROM answers",
    )
    assert places(busy.upkeep.verify_audit(me)) == {"answer other"}


def test_when_a_print_came_cannot_be_changed(busy, me):
    edit(busy, "UPDATE prints SET created = '2020-01-01T00:00:00.000+00:00' WHERE person = 'ada'")
    (stored,) = busy.encounters.read("ada", me).prints
    assert places(busy.upkeep.verify_audit(me)) == {f"print {stored.print_id}"}


def test_a_task_that_was_changed_is_named(busy, me):
    for change in TASK:
        with changed(busy, tables.jobs, change):
            assert places(busy.upkeep.verify_audit(me)) == {f"task {busy.job.job}"}, change
    assert busy.upkeep.verify_audit(me).ok


def test_a_task_that_was_changed_while_it_was_at_work_stays_so(busy, me):
    """Its next step does not make what somebody else wrote its own."""
    store, transaction = busy._context.store.jobs, busy._context.store.transaction
    actor = {"name": "me", "purpose": "", "legalBasis": ""}
    with transaction() as work:
        store.submit(work, "other", "test", {}, actor=actor, token="")
        work.tell(Act("begin-task", {"name": "me"}, details={"task": "other", "of": "test"}))
    job = store.claim()
    assert busy.upkeep.verify_audit(me).ok
    edit(busy, "UPDATE jobs SET counts = :counts WHERE job = 'other'", counts='{"pairs": 7}')
    with transaction() as work:
        work.step(job, Step({"next": 1}, 1, counts={"pairs": 1}))
    store.let_go(job)
    store.take_over()
    assert places(busy.upkeep.verify_audit(me)) == {"task other"}


def test_a_task_that_was_changed_is_not_shown(busy, me):
    edit(busy, "UPDATE jobs SET token = 'abcd'")
    with pytest.raises(GalleryDamaged, match="task"):
        busy.tasks.task(busy.job.job, me)
    with pytest.raises(GalleryDamaged, match="task"):
        busy.tasks.tasks(me)


def test_a_task_that_is_gone_is_named_and_one_that_is_forgotten_is_not(busy, me, monkeypatch):
    edit(busy, "DELETE FROM job_items", "DELETE FROM jobs")
    assert places(busy.upkeep.verify_audit(me)) == {f"task {busy.job.job}"}
    other = busy.tasks.find_duplicates(me.searching_for("again", "act 4"))
    busy.tasks.cancel_task(other.job, me)
    monkeypatch.setattr(jobs, "KEPT", timedelta(days=-1))
    busy._context.store.jobs.forget_old()  # or a worker was sooner
    forgotten = [leaf.said["details"]["tasks"] for leaf in busy.upkeep.audit_leaves(me) if leaf.said["act"] == "forget-tasks"]
    assert [task for tasks in forgotten for task in tasks] == [other.job]
    assert places(busy.upkeep.verify_audit(me)) == {f"task {busy.job.job}"}


def test_a_task_that_no_act_began_is_named(busy, me):
    columns = "kind, state, parameters, done, counts, actor, token, fence, created, worked, bureau, seal"
    edit(busy, f"INSERT INTO jobs (job, {columns}) SELECT 'abcd', {columns} FROM jobs")
    assert places(busy.upkeep.verify_audit(me)) == {"task abcd"}


def test_a_tasks_result_that_was_changed_is_named(busy, me):
    for change in RESULT:
        with changed(busy, tables.job_items, change):
            number = 77 if "number" in change else 0
            assert places(busy.upkeep.verify_audit(me)) == {f"item {number} of task {busy.job.job}"}, change
    assert busy.upkeep.verify_audit(me).ok


def test_what_a_print_was_before_it_changed_is_held_against_its_leaf(busy, me):
    """A repeat of a search compares with it."""
    (stored,) = busy.encounters.read("bob", me).prints
    busy.encounters.set_galleries("bob", stored.encounter, frozenset({"staff"}), me)
    busy.encounters.set_galleries("bob", stored.encounter, frozenset(), me)
    busy.encounters.set_status("bob", stored.encounter, False, me)
    first = "state = 'past' AND until = (SELECT min(until) FROM prints)"
    for change in PAST:
        with changed(busy, tables.prints, change, first):
            assert f"print {stored.print_id}" in places(busy.upkeep.verify_audit(me)), change
    assert busy.upkeep.verify_audit(me).ok


def test_what_a_print_was_before_it_changed_cannot_be_taken_away(busy, me):
    (stored,) = busy.encounters.read("bob", me).prints
    busy.encounters.set_galleries("bob", stored.encounter, frozenset({"staff"}), me)
    edit(busy, "DELETE FROM prints WHERE state = 'past'")
    assert places(busy.upkeep.verify_audit(me)) == {f"print {stored.print_id}"}


@pytest.mark.parametrize("change", ["person = 'bob'", "person = NULL"])
def test_whose_prints_a_search_was_made_with_is_held_against_its_leaf(busy, me, change):
    """At their erasure the probes are erased."""
    found = busy.searches.identify_person("ada", me.searching_for("border check", "act 4"))
    assert busy.upkeep.verify_audit(me).ok
    edit(busy, f"UPDATE searches SET {change}")
    assert places(busy.upkeep.verify_audit(me)) == {f"search {found.kept}"}


def test_probes_that_are_gone_without_an_erasure_are_found(busy, me, record):
    """Also those of a person's prints, as long as the person is there."""
    busy.access.require_purpose(me)
    asking = me.searching_for("border check", "law 1")
    busy.encounters.enrol("zoe", [record(9)], me)
    found = [busy.searches.identify([record(9)], asking).kept, busy.searches.identify_person("zoe", asking).kept]
    with changed(busy, tables.searches, "probes = NULL"):
        assert {f"search {name}" for name in found} <= places(busy.upkeep.verify_audit(me))
        for name in found:
            with pytest.raises(GalleryDamaged, match="are gone, and no act erased them"):
                busy.searches.replay(name, me)
    assert busy.upkeep.verify_audit(me).ok
    busy.encounters.remove(me, person="zoe")
    assert busy.upkeep.verify_audit(me).ok
    with pytest.raises(ProbesErased):
        busy.searches.replay(found[1], me)


@pytest.mark.parametrize("table", ["records", "prints", "searches", "audit_leaves"])
def test_a_row_that_says_it_is_another_bureaus_is_found(busy, me, record, table):
    busy.searches.identify([record(1)], me.searching_for("border check", "act 4"))
    edit(busy, f"UPDATE {table} SET bureau = 'another'")
    assert not busy.upkeep.verify_audit(me).ok


def test_no_digest_confirms_a_guessed_name_once_a_person_is_erased(busy, me):
    busy.encounters.remove(Actor("tester", "test", key="gone"), person="ada")
    guessed = sha256(json.dumps(["remove", "ada", None, None]).encode())
    with busy._context.store.engine.connect() as connection:
        asked = [bytes(row.asked) for row in connection.execute(text("SELECT asked FROM answers"))]
    assert len(asked) == 1  # the removal's own; what the enrolment was answered is gone
    assert guessed not in asked
    assert busy.encounters.remove(Actor("tester", "test", key="gone"), person="ada") == 1


@pytest.fixture
def older(root, tmp_path):
    shutil.copytree(root / "tests" / "data" / OLDER, tmp_path / "gallery")


def acts(bureau, me):
    return [leaf.said["act"] for leaf in bureau.upkeep.audit_leaves(me)]


def test_an_older_folder_is_committed_to_in_one_leaf_when_it_is_first_opened(older, open_bureau, me, caplog, tmp_path):
    with caplog.at_level(logging.INFO):
        bureau = open_bureau()
    assert [one.message for one in caplog.records if "older" in one.message]
    size = 16
    assert acts(bureau, me)[size - 1 :] == ["adopt-tables"]
    assert bureau.upkeep.verify_audit(me).ok, bureau.upkeep.verify_audit(me).findings
    assert bureau.access.authenticate(GOOD).scopes == {"abis.identify", "quality.read"}
    with pytest.raises(TokenRevoked):
        bureau.access.authenticate(REVOKED)
    assert [one.state for one in bureau.tasks.tasks(me)] == ["waiting", "cancelled", "done"]
    bureau.upkeep.export_audit(tmp_path / "audit.jsonl", me)
    assert evidence.check(tmp_path / "audit.jsonl", key_of(bureau.upkeep.audit_key(me))).ok
    bureau = again(bureau, open_bureau)
    assert acts(bureau, me)[size - 1 :] == ["adopt-tables", "export-audit"]
    assert bureau.upkeep.check(me).ok


def test_a_request_that_an_older_version_answered_gets_the_same_answer(older, open_bureau, me, record):
    bureau = open_bureau()
    size = len(acts(bureau, me))
    (receipt,) = bureau.encounters.enrol("ada", [record(1)], KEYED, encounter="one", labels=frozenset({"staff"}))
    assert receipt.print_id == bureau.encounters.read("ada", me).prints[0].print_id
    bureau.encounters.set_status("bob", "two", False, Actor("tester", "test", key="second"))
    assert acts(bureau, me)[size:] == ["read"]
    with bureau._context.store.engine.connect() as connection:
        asked = [bytes(row.asked) for row in connection.execute(text("SELECT asked FROM answers"))]
        keys = list(connection.execute(text("SELECT key FROM answers")).scalars())
    assert sha256(json.dumps(["set-status", "bob", "two", False]).encode()) not in asked
    assert not {"first", "second"} & set(keys)


def test_an_idempotency_key_is_not_kept_as_it_was_sent(busy):
    with busy._context.store.engine.connect() as connection:
        (kept,) = connection.execute(text("SELECT key FROM answers")).scalars()
    assert "first" not in kept
    assert kept == _kept_under(busy, "first")
    assert kept != answers._name(busy._context.store.keys, "abcd1234", "first")  # of another token's


def test_an_answer_under_a_key_in_the_clear_is_found(busy, me, record):
    """The last version before this one sealed answers, and kept the key as it was sent."""
    with busy._context.store.engine.connect() as connection:
        row = dict(connection.execute(select(tables.answers)).mappings().one()) | {"key": "first"}
    edit(busy, f"UPDATE answers SET key = 'first', seal = '{seals.seal(busy._context.store.keys, tables.answers, row)}'")
    before = len(busy.upkeep.audit_leaves(me))
    busy.encounters.enrol("ada", [record(1)], KEYED)
    assert len(busy.upkeep.audit_leaves(me)) == before
    assert busy.upkeep.verify_audit(me).ok


def test_a_backup_that_an_older_version_made_is_restored(older, me, root, tmp_path, database):
    with closing(open_store(tmp_path / "gallery")) as store:
        note = store.audit.consistency(15, 15).checkpoint  # as the older version signed it
    copy = tmp_path / "copy"
    shutil.copytree(root / "tests" / "data" / OLDER, copy)
    shutil.move(copy / "keys", tmp_path / "keys")
    found = backup.Backup("", "2026-12-01T00:00:00+00:00", sha256((copy / DATABASE).read_bytes()).hex(), note, 3, 3, 3)
    backup._write_manifest(copy, found)
    report = restore(copy, tmp_path / "keys", tmp_path / "again", me, database=database)
    assert report.ok, report.findings
    assert (report.size, report.checkpoints) == (16, 1)


def test_people_of_an_older_folder_change_and_go(older, open_bureau, me, record):
    bureau = open_bureau()
    bureau.encounters.set_status("bob", "two", True, me)
    bureau.encounters.remove(me, person="ada")
    bureau.encounters.enrol("eve", [record(4)], me)
    assert bureau.upkeep.verify_audit(me).ok, bureau.upkeep.verify_audit(me).findings


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE tokens SET scopes = 'abis.encounter.write' WHERE token = 'd38ac0af'", "token d38ac0af"),
        ("UPDATE tokens SET revoked = NULL WHERE token = '4eb8b5a3'", "token 4eb8b5a3"),
        ("DELETE FROM tokens WHERE token = '4eb8b5a3'", "token 4eb8b5a3"),
        ("UPDATE tokens SET token = 'abcd1234' WHERE token = '4eb8b5a3'", "token abcd1234"),
        ("DELETE FROM meta WHERE key = 'purpose_required'", "setting purpose_required"),
        ("UPDATE jobs SET done = 77, counts = '{\"pairs\": 9}' WHERE state = 'done'", "task fb16c0e4f025413382d43f7be2660a66"),
    ],
)
def test_the_leaf_over_an_older_folder_takes_in_nothing_that_older_leaves_gainsay(
    older, open_bureau, me, tmp_path, statement, where
):
    engine = create_engine(f"sqlite:///{tmp_path / 'gallery' / 'gallery.db'}")
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1
    engine.dispose()
    bureau = open_bureau()
    assert where in places(bureau.upkeep.verify_audit(me))
    assert bureau._context.store.tokens.find("abcd1234") is None
    assert bureau.access.guarded


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE tokens SET per_minute = NULL WHERE token = 'd38ac0af'", "token d38ac0af"),
        ("UPDATE answers SET answer = '[]'", "answer"),
        ("UPDATE prints SET created = '2020-01-01T00:00:00.000+00:00' WHERE person = 'ada'", "print"),
        ("UPDATE jobs SET total = 77 WHERE state = 'done'", "task fb16c0e4f025413382d43f7be2660a66"),
        ("DELETE FROM jobs WHERE state = 'waiting'", "task 77df7fe03bd7425f825256c310bf1714"),
    ],
)
def test_what_is_changed_in_an_older_folder_after_that_is_found(older, open_bureau, me, statement, where):
    bureau = open_bureau()
    edit(bureau, statement)
    found = places(bureau.upkeep.verify_audit(me))
    assert [one for one in found if one.startswith(where)] == list(found)
