"""A past search is made again, and is the same to the bit, whatever became of the gallery since; or it is said what differs."""

import json
import random
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pytest
from sqlalchemy import delete, select, text, update

from biomatch.bureau import SearchRequest, Upload
from biomatch.bureau.cases import Enrolment
from biomatch.bureau.searches import identification
from biomatch.bureau.searches.items import candidate_item
from biomatch.comparison import Comparer
from biomatch.errors import GalleryDamaged, ProbesErased, SearchNotFound
from biomatch.gallery.filters import Biography, Columns, Days, Filter
from biomatch.gallery.interface import Effort
from biomatch.gallery.search.stages import Seeker
from biomatch.store.audit import merkle, tree
from biomatch.store.database import reading, writing
from biomatch.store.rows import tables
from biomatch.store.rows.searches import Searches, digest
from biomatch.synthesis import synthesise_templates
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType, Sex

CROWD = 230  # more than a shortlist holds: the index is asked
REPLAYS = 8  # 1,000 by `biomatch bench replays`


def crowd(first, count):
    made = synthesise_templates(count, seed=7, first=first)
    return [
        Enrolment(f"n{number}", Upload(made[number - first].to_bytes()), labels=frozenset({"odd"} if number % 2 else ()))
        for number in range(first, first + count)
    ]


@pytest.fixture
def filled(open_bureau, me, record):
    """A crowd; of n1 to n3 a second impression each."""
    bureau = open_bureau()
    bureau.encounters.enrol_batch(crowd(0, CROWD), me)
    for number in (1, 2, 3):
        bureau.encounters.enrol(f"n{number}", [record(number, 1)], me, encounter="again")
    return bureau


def latent(upload):
    found = Template.from_bytes(upload.data)
    return replace(upload, data=found.labelled(found.position, ImpressionType.LATENT_IMPRESSION).to_bytes())


@pytest.fixture
def searches(filled, me, record):
    """Ids of searches of several kinds, and of whom each found first."""
    found = [
        filled.searches.identify([record(1, 2)], me),
        filled.searches.identify([record(2, 2)], me, SearchRequest(fpir=0.01, top=5)),
        filled.searches.identify([record(3, 2), record(4, 2)], me),
        filled.searches.identify([record(5, 2)], me, SearchRequest(effort=Effort.EXHAUSTIVE)),
        filled.searches.identify([record(7, 2)], me, SearchRequest(where=Filter(label="odd"))),
        filled.searches.identify([latent(record(8, 2))], me),
        filled.searches.identify_person("n1", me),
    ]
    assert [one.search.candidates[0].person for one in found[:6]] == ["n1", "n2", "n3", "n5", "n7", "n8"]
    assert len({one.scale for one in found[5].search.compared}) > 1  # a latent is searched for in several sizes
    return {one.kept: [candidate.person for candidate in one.search.candidates] for one in found}


def test_a_search_is_the_same_when_it_is_made_again(filled, me, searches):
    for search, persons in searches.items():
        found = filled.searches.replay(search, me)
        assert (found.same, found.differences, found.erased, found.versions) == (True, (), (), {})
        assert found.candidates == len(persons)
        assert filled.upkeep.audit_leaves(me, first=found.leaf, limit=1)[0].said["details"]["search"] == search
    assert filled.upkeep.audit_leaves(me)[-1].said["act"] == "replay"


def test_a_search_whose_leaf_has_the_first_layout_is_held_against_that(filled, me, record, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr(tree, "LAYOUT", 1)
        then.setattr(identification, "candidate_item", partial(candidate_item, layout=1))
        old = filled.searches.identify([record(1, 2)], me)
    new = filled.searches.identify([record(1, 2)], me)
    for search, layout in ((old, 1), (new, tree.LAYOUT)):
        found = filled.searches.replay(search.kept, me)
        assert (found.same, found.differences) == (True, ())
        (leaf,) = filled.upkeep.audit_leaves(me, first=found.leaf, limit=1)
        first = json.loads(leaf.items[1].content)
        assert (leaf.said["layout"], first["person"]) == (layout, "n1")
        candidate = search.search.candidates[0]
        assert first == candidate_item(candidate, layout).content
        assert first != candidate_item(candidate, 2 if layout == 1 else 1).content


def test_nothing_that_came_later_changes_it(filled, me, searches, record, open_bureau):
    """Enrolments, changes of who was found, another impression, a move, a compaction, a restart."""
    filled.encounters.enrol_batch(crowd(1_000, 60), me)
    filled.encounters.enrol("n1", [record(1, 2)], me, encounter="later")
    filled.encounters.set_status("n2", "again", False, me)
    filled.encounters.set_galleries("n7", filled.encounters.read("n7", me).prints[0].encounter, frozenset({"even"}), me)
    filled.encounters.move("somebody", "n3", "again", me)
    filled.encounters.merge("n5", "n9", me)
    others = {f"n{number}" for number in range(CROWD)} - {person for found in searches.values() for person in found}
    compared = {one.print_id for search in searches for one in filled._context.store.searches.get(search).compared}
    unseen = [one.person for one in filled._context.store.prints.all() if one.person in others and one.print_id not in compared]
    for person in unseen[:20]:
        filled.encounters.remove(me, person=person)
    filled.upkeep.compact(me)
    filled.close()
    again = open_bureau()
    for search in searches:
        found = again.searches.replay(search, me)
        assert (found.same, found.differences, found.erased) == (True, (), ())


def test_many_searches_are_the_same_after_as_many_changes(open_bureau, me, record):
    """As many later enrolments and deletions, a compaction and a restart: no difference but the erased."""
    persons, rng = max(CROWD, 3 * REPLAYS), random.Random(5)
    bureau = open_bureau()
    for first in range(0, persons, 500):
        bureau.encounters.enrol_batch(crowd(first, min(500, persons - first)), me)
    asked = [rng.randrange(persons) for _ in range(REPLAYS)]
    found = [bureau.searches.identify([record(number, 1 + at)], me) for at, number in enumerate(asked)]
    bureau.encounters.enrol_batch(crowd(50_000, REPLAYS), me)
    for number in rng.sample(range(persons), REPLAYS):
        bureau.encounters.remove(me, person=f"n{number}")
    bureau.upkeep.compact(me)
    bureau.close()
    again = open_bureau()
    there = {one.print_id for one in again._context.store.prints.all()}
    for one in found:
        replayed = again.searches.replay(one.kept, me)
        assert replayed.same, replayed.differences
        lost = {compared.print_id for compared in one.search.compared} - there
        assert bool(replayed.erased) is bool(lost)
        gone = [c for c in one.search.candidates if not {evidence.print_id for evidence in c.evidence} & there]
        assert [f"candidate {c.rank}" for c in gone] == [words for words in replayed.erased if words.startswith("candidate")]


def test_who_was_erased_since_is_named_and_the_rest_is_the_same(filled, me, searches):
    search, persons = next(iter(searches.items()))
    filled.encounters.remove(me, person=persons[1])
    found = filled.searches.replay(search, me)
    assert (found.same, found.differences) == (True, ())
    assert "candidate 2" in found.erased
    assert persons[1] not in str(found)
    filled.encounters.remove(me, person=persons[0], encounter="again")
    found = filled.searches.replay(search, me)
    assert (found.same, found.differences) == (True, ())
    assert f"a print that spoke for candidate 1, {persons[0]}" in found.erased


def test_probes_lie_sealed_and_the_keys_are_theirs_alone(filled, searches, record):
    store = filled._context.store
    with reading(store.engine, store.folder) as connection:
        kept = connection.execute(select(tables.searches.c.probes)).scalars().all()
    assert len(kept) == len(searches)
    assert not [probes for probes in kept if record(1, 2).data[:64] in probes]
    own = [search for search in searches if store.keys.has(f"search/{search}")]
    assert len(own) == len(searches) - 1  # the last one's probes are a person's prints


def test_probes_of_an_erased_person_are_gone(filled, me, searches):
    search = list(searches)[-1]
    assert filled.searches.replay(search, me).same
    filled.encounters.remove(me, person="n1")
    with pytest.raises(ProbesErased, match="was erased"):
        filled.searches.replay(search, me)
    assert filled._context.store.searches.get(search).where.without is None
    with pytest.raises(SearchNotFound, match="'nothing'"):
        filled.searches.replay("nothing", me)


class Another(Comparer):
    """The last bits of its scores are others."""

    def refine(self, *arguments):
        return [replace(one, score=one.score * (1 + 2**-52)) for one in super().refine(*arguments)]


def test_another_engine_is_said_to_be_why(filled, me, searches):
    gallery = filled._context.gallery
    made_by = gallery.engine.made_by | {"numpy_simd": "of another machine"}
    gallery._engine = replace(gallery.engine, seeker=Seeker(Another()), made_by=made_by)
    found = filled.searches.replay(next(iter(searches)), me)
    assert not found.same
    assert "candidate 1, n1: score" in found.differences[0]
    assert found.versions.keys() == {"numpy_simd"}
    assert found.versions["numpy_simd"][1] == "of another machine"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE searches SET compared = replace(compared, 'false', 'true')", "is not what leaf"),
        ("UPDATE searches SET parameters = replace(parameters, '20', '2')", "is not what leaf"),
        ("UPDATE searches SET sequence = sequence - 1", "is not what leaf"),
        ("UPDATE audit_items SET content = replace(content, 'score', 'Score')", "of candidate 1 is not what"),
        ("UPDATE audit_items SET content = replace(content, 'template', 'Template')", "of the probe is not what"),
    ],
)
def test_what_was_changed_since_is_said(filled, me, searches, statement, words):
    with writing(filled._context.store.engine, filled.folder) as connection:
        connection.execute(text(statement))
    found = filled.searches.replay(next(iter(searches)), me)
    assert not found.same
    assert any(words in difference for difference in found.differences)
    assert any(finding.where.startswith(("search", "item")) for finding in filled.upkeep.verify_audit(me).findings)


def test_a_leaf_that_does_not_read_is_said(filled, me, searches):
    with writing(filled._context.store.engine, filled.folder) as connection:
        connection.execute(text("UPDATE audit_leaves SET entry = replace(entry, 'madeBy', 'madeBz')"))
    with pytest.raises(GalleryDamaged, match="audit verify"):
        filled.searches.replay(next(iter(searches)), me)


@pytest.mark.parametrize("lost", ["row", "probes", "key"])
def test_a_search_that_lost_what_a_repeat_needs_is_found(filled, me, searches, lost):
    assert filled.upkeep.verify_audit(me).ok
    search, store = next(iter(searches)), filled._context.store
    with writing(store.engine, filled.folder) as connection:
        c = tables.searches.c
        if lost == "row":
            connection.execute(delete(tables.searches).where(c.search == search))
        elif lost == "probes":
            connection.execute(update(tables.searches).where(c.search == search).values(probes=bytes(80)))
    if lost == "key":
        store.keys.destroy([f"search/{search}"])
    (finding,) = filled.upkeep.verify_audit(me).findings
    assert finding.where == f"search {search}"


def test_a_search_s_filter_is_kept_audited_and_held_against_what_was_compared(bureau, me, record):
    for number, sex in ((1, Sex.FEMALE), (2, Sex.MALE)):
        bureau.encounters.enrol(f"n{number}", [record(number)], me, biography=Biography(sex, date(1985, 11, 30)))
    where = Filter(sexes=frozenset({Sex.FEMALE}), born=Days(date(1980, 1, 1)))
    found = bureau.searches.identify([record(2, 1)], me, SearchRequest(where=where))
    assert [one.person for one in found.search.candidates] == ["n1"]
    assert bureau._context.store.searches.get(found.kept).where == where
    leaf = bureau.upkeep.audit_leaves(me)[-1]
    assert json.loads(leaf.items[-1].content) == {"where": {"sexes": [2], "born": ["1980-01-01", None]}}
    assert "1980-01-01" not in leaf.entry
    assert bureau.searches.replay(found.kept, me).same
    assert bureau.upkeep.verify_audit(me).ok


def test_a_repeat_says_which_prints_a_filter_would_have_left_out(bureau, me, record, monkeypatch):
    bureau.encounters.enrol("n1", [record(1)], me, biography=Biography(Sex.MALE))
    monkeypatch.setattr(Columns, "passing", lambda self, where, length: np.ones(length, np.bool_))
    found = bureau.searches.identify([record(1, 1)], me, SearchRequest(where=Filter(sexes=frozenset({Sex.FEMALE}))))
    again = bureau.searches.replay(found.kept, me)
    assert not again.same
    assert "the search's filter leaves out" in again.differences[0]


def test_what_is_known_of_a_person_goes_with_them(bureau, me, record):
    where = Filter(sexes=frozenset({Sex.FEMALE}))
    bureau.encounters.enrol("n1", [record(1)], me, biography=Biography(Sex.FEMALE, date(1985, 11, 30)))
    bureau.encounters.enrol("n2", [record(2)], me)
    found = bureau.searches.identify_person("n1", me, SearchRequest(where=where))
    assert json.loads(bureau.upkeep.audit_leaves(me)[-1].items[-1].content)["person"] == "n1"
    bureau.encounters.remove(me, person="n1")
    assert bureau._context.store.searches.get(found.kept).where == where
    assert all("1985-11-30" not in (item.content or "") for leaf in bureau.upkeep.audit_leaves(me) for item in leaf.items)
    assert all("n1" not in (item.content or "") for leaf in bureau.upkeep.audit_leaves(me) for item in leaf.items)
    assert bureau.upkeep.verify_audit(me).ok


NAMED = "the child of Zebedee Plantagenet"


def said(bureau, me):
    """Everything that is kept of searches, in the clear."""
    with reading(bureau._context.store.engine, bureau.folder) as connection:
        kept = connection.execute(select(tables.searches)).all()
    return str(kept) + "".join(item.content or "" for leaf in bureau.upkeep.audit_leaves(me, limit=500) for item in leaf.items)


@pytest.fixture
def labelled(bureau, me, record):
    """n1 alone has a label that names them; n1 and n2 share another one."""
    bureau.encounters.enrol("n1", [record(1)], me, labels=frozenset({NAMED, "wanted"}))
    bureau.encounters.enrol("n2", [record(2)], me, labels=frozenset({"wanted"}))
    return bureau


def test_the_label_that_a_search_was_limited_to_goes_with_the_last_who_had_it(labelled, me, record):
    positions = frozenset(FingerPosition)
    own = labelled.searches.identify([record(1, 1)], me, SearchRequest(where=Filter(label=NAMED, positions=positions)))
    shared = labelled.searches.identify([record(2, 1)], me, SearchRequest(where=Filter(label="wanted")))
    assert labelled._context.store.searches.get(own.kept).where.label == NAMED
    assert labelled.searches.replay(own.kept, me).same
    labelled.encounters.remove(me, person="n1")
    assert NAMED not in said(labelled, me)
    assert labelled._context.store.searches.get(own.kept).where == Filter(positions=positions)
    assert labelled._context.store.searches.get(shared.kept).where.label == "wanted"
    assert labelled.upkeep.verify_audit(me).ok
    assert labelled.searches.replay(own.kept, me).same
    assert labelled.searches.replay(shared.kept, me).same
    labelled.encounters.remove(me, person="n2")
    assert "wanted" not in said(labelled, me)
    assert labelled.upkeep.verify_audit(me).ok


def test_a_search_for_others_with_prints_of_a_person_goes_with_its_label(labelled, me, record):
    found = labelled.searches.identify_person("n2", me, SearchRequest(where=Filter(label=NAMED)))
    labelled.encounters.remove(me, person="n1")
    assert NAMED not in said(labelled, me)
    assert labelled.upkeep.verify_audit(me).ok
    with pytest.raises(ProbesErased):
        labelled.searches.replay(found.kept, me)
    labelled.encounters.remove(me, person="n2")
    assert labelled.upkeep.verify_audit(me).ok


def test_a_search_with_prints_of_a_person_who_goes_before_its_label_is_no_finding(labelled, me):
    found = labelled.searches.identify_person("n1", me, SearchRequest(where=Filter(label="wanted")))
    labelled.encounters.remove(me, person="n1")
    assert labelled.upkeep.verify_audit(me).findings == ()
    with pytest.raises(ProbesErased):
        labelled.searches.replay(found.kept, me)
    labelled.encounters.remove(me, person="n2")
    assert "wanted" not in said(labelled, me)
    assert labelled.upkeep.verify_audit(me).findings == ()


def test_a_label_goes_also_after_it_was_taken_from_the_print(labelled, me, record):
    found = labelled.searches.identify([record(1, 1)], me, SearchRequest(where=Filter(label=NAMED)))
    labelled.encounters.set_galleries("n1", labelled.encounters.read("n1", me).prints[0].encounter, frozenset({"wanted"}), me)
    labelled.encounters.remove(me, person="n1")
    assert NAMED not in said(labelled, me)
    assert labelled.searches.replay(found.kept, me).same
    assert labelled.upkeep.verify_audit(me).ok


def test_a_search_that_ends_after_the_erasure_keeps_no_label(labelled, me, record, monkeypatch):
    recorded = Searches.record

    def late(self, search, act):
        labelled.encounters.remove(me, person="n1")
        return recorded(self, search, act)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Searches, "record", late)
        found = labelled.searches.identify([record(2, 1)], me, SearchRequest(where=Filter(label=NAMED)))
    assert NAMED not in said(labelled, me)
    assert labelled.searches.replay(found.kept, me).same
    assert labelled.upkeep.verify_audit(me).ok


@pytest.mark.parametrize("change", ["label = NULL", "label = 'odd'", "probes = NULL"])
def test_what_an_erased_label_leaves_behind_is_still_held_against_the_tree(labelled, me, record, change):
    found = [
        labelled.searches.identify([record(1, 1)], me, SearchRequest(where=Filter(label=label))) for label in (NAMED, "wanted")
    ]
    labelled.encounters.remove(me, person="n1")
    gone, there = (one.kept for one in found)
    with writing(labelled._context.store.engine, labelled.folder) as connection:
        connection.execute(text(f"UPDATE searches SET {change}"))
    places = {finding.where for finding in labelled.upkeep.verify_audit(me).findings}
    assert places == {f"search {there}"} if change == "label = NULL" else {f"search {gone}", f"search {there}"}


def test_the_label_of_a_search_that_an_older_version_kept_goes_with_all_that_its_repeat_needs(labelled, me, record):
    """Its digest is over the label: nobody can guess the label from what is left."""
    found = labelled.searches.identify([record(1, 1)], me, SearchRequest(where=Filter(label=NAMED)))
    with writing(labelled._context.store.engine, labelled.folder) as connection:
        _as_older(connection, found.kept)
    assert labelled.searches.replay(found.kept, me).same
    assert labelled.upkeep.verify_audit(me).ok
    labelled.encounters.remove(me, person="n1")
    assert NAMED not in said(labelled, me)
    with pytest.raises(ProbesErased):
        labelled.searches.replay(found.kept, me)
    assert labelled.upkeep.verify_audit(me).ok
    with writing(labelled._context.store.engine, labelled.folder) as connection:
        connection.execute(update(tables.searches).values(compared='[["a","b",1,2,true]]'))
    (finding,) = labelled.upkeep.verify_audit(me).findings
    assert finding.where == f"search {found.kept}"


def _as_older(connection, search):
    """Makes of the last leaf and its search what the layout before kept: the label among the parameters, in the clear."""
    row = connection.execute(select(tables.searches).where(tables.searches.c.search == search)).one()
    parameters = tree.canonical({**json.loads(row.parameters), "where": {"label": row.label}})
    connection.execute(update(tables.searches).where(tables.searches.c.search == search).values(parameters=parameters))
    c = tables.audit_leaves.c
    entry = json.loads(connection.execute(select(c.entry).where(c.number == row.leaf)).scalar_one())
    entry["details"]["kept"] = digest(row.sequence, parameters, row.compared)
    written = tree.canonical(entry)
    connection.execute(update(tables.audit_leaves).where(c.number == row.leaf).values(entry=written))
    nodes = merkle.completed(row.leaf, merkle.leaf_hash(written.encode()), tree._reader(connection))
    for level, place, value in nodes:
        n = tables.audit_nodes.c
        connection.execute(update(tables.audit_nodes).where(n.level == level, n.place == place).values(hash=value))
