"""What leaves say of tokens, settings and tasks, leaf after leaf."""

import pytest
from sqlalchemy import insert

from biomatch.store.audit import standing, tree
from biomatch.store.audit.standing import KnownPasskey, KnownTask, KnownToken, Standing
from biomatch.store.audit.tree import Act
from biomatch.store.database import reading, writing
from biomatch.store.rows import settings, tables


@pytest.fixture
def followed(store):
    """followed(*acts): what stands after leaves of these kinds, with these details, one after the other."""

    def follow(*acts):
        found = Standing(store.keys)
        for leaf, (kind, details) in enumerate(acts):
            said = {"at": f"time {leaf}", "actor": {"name": "me"}, "purpose": "check", "legalBasis": "law"}
            found.follow(leaf, {"act": kind, "details": details, **said})
        return found

    return follow


MADE = (standing.CREATE_TOKEN, {"token": "t", "row": "seal"})


def test_a_token_is_what_its_leaf_says_and_a_revocation_counts_once(followed):
    assert followed(MADE).tokens == {"t": KnownToken(0, "seal")}
    revoked = followed(
        MADE,
        (standing.REVOKE_TOKEN, {"token": "t", "revoked": "noon"}),
        (standing.REVOKE_TOKEN, {"token": "t", "revoked": "later"}),
    )
    assert revoked.tokens == {"t": KnownToken(1, "seal", revoked="noon")}


def test_a_passkey_is_what_its_leaf_says_until_one_deletes_it(followed):
    made = [(standing.CREATE_PASSKEY, {"passkey": name, "row": f"seal {name}"}) for name in "abc"]
    assert followed(*made).passkeys["b"] == KnownPasskey(1, "seal b")
    deleted = (standing.DELETE_PASSKEYS, {"passkeys": ["a", "b", "of nobody"]})
    assert set(followed(*made, deleted).passkeys) == {"c"}
    assert followed(*made, deleted, made[0]).passkeys["a"] == KnownPasskey(4, "seal a")


def test_a_token_of_an_older_leaf_says_itself_what_it_is(followed):
    older = {"token": "t", "name": "kit", "scopes": ["enroll"], "expires": "2027"}
    (known,) = followed((standing.CREATE_TOKEN, older)).tokens.values()
    assert (known.row, known.said) == (None, ("kit", ("enroll",), "2027"))
    after = followed((standing.CREATE_TOKEN, older), (standing.REVOKE_TOKEN, {"token": "t"}))
    assert after.tokens["t"].revoked == "time 1"


def test_a_revocation_of_what_nobody_made_does_not_read(followed):
    with pytest.raises(KeyError):
        followed((standing.REVOKE_TOKEN, {"token": "t"}))


def test_a_setting_counts_as_the_last_leaf_with_its_seal_says(store, followed):
    first, second = (settings.told(store.keys, {"purpose_required": value}) for value in ("no", "yes"))
    forged = {"settings": {"purpose_required": "no"}, "seals": second["seals"]}
    found = followed((standing.BEGIN, first), (standing.REQUIRE_PURPOSE, second), (standing.CALIBRATE, forged))
    assert found.settings == {"purpose_required": "yes"}


def test_a_leaf_that_names_no_setting_yet_decided_by_its_kind(followed):
    assert followed((standing.BEGIN, {})).settings == {}
    assert followed((standing.BEGIN, {}), (standing.REQUIRE_PURPOSE, {})).settings == {"purpose_required": "yes"}


BEGUN = (standing.BEGIN_TASK, {"task": "a", "of": "reindex"})
ASKED = {"name": "me", "purpose": "check", "legalBasis": "law"}


@pytest.mark.parametrize(
    ("after", "known"),
    [
        ((), KnownTask(0, "reindex", ASKED)),
        ((standing.END_TASK, {"task": "a", "state": "done", "counts": {"seen": 2}}), (1, "done", {"seen": 2})),
        ((standing.CANCEL_TASK, {"task": "a"}), (1, "cancelled", None)),
        ((standing.FORGET_TASKS, {"tasks": ["a", "b"]}), None),
    ],
    ids=["begun", "done", "cancelled", "forgotten"],
)
def test_a_task_goes_from_leaf_to_leaf(followed, after, known):
    found = followed(BEGUN, *([after] if after else [])).tasks.get("a")
    assert (found if known is None or isinstance(known, KnownTask) else (found.leaf, found.state, found.counts)) == known


def test_a_leaf_over_the_tables_of_before_takes_the_place_of_what_older_leaves_say(followed):
    taken_in = {"tokens": {"t": {"row": "new", "revoked": None}}, "tasks": []}
    found = followed(MADE, BEGUN, (standing.ADOPT_TABLES, taken_in))
    assert found.tokens == {"t": KnownToken(2, "new")}
    assert found.tasks == {}


def test_only_leaves_that_decide_are_read_and_one_that_does_not_read_is_passed_over(store):
    store.audit.record(Act(*MADE[:1], {"name": "me"}, details=MADE[1]))
    store.audit.record(Act(BEGUN[0], {"name": "me"}, details=BEGUN[1]))
    store.audit.record(Act(standing.FORGET_TASKS, {"name": "me"}, details={"tasks": ["a"]}))
    broken = {"number": 99, "entry": "no JSON", "created": "", "bureau": "", "act": standing.CREATE_TOKEN}
    with writing(store.engine, store.folder) as connection:
        connection.execute(insert(tables.audit_leaves).values(broken))
        connection.execute(insert(tables.audit_leaves).values(broken | {"number": 100, "act": standing.FORGET_TASKS}))
    with reading(store.engine, store.folder) as connection:
        rules = standing.of_rules(connection, store.keys)
        assert (set(rules.tokens), rules.tasks) == ({"t"}, {})
        assert set(standing.of_everything(connection, store.keys).tokens) == {"t"}
        assert standing.forgotten_tasks(connection) == {"a"}
        assert len(tree.entries_of(connection, (standing.FORGET_TASKS,))) == 2
