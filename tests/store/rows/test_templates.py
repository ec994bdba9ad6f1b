"""A template opens in its own row, and in no other."""

import pytest

from biomatch.errors import GalleryDamaged
from biomatch.store.rows import tables


def test_a_damaged_template_is_named_with_its_print(store, meddling, entry):
    store.log.append([entry("p1"), entry("p2")])
    with meddling(store) as connection:
        connection.exec_driver_sql("UPDATE prints SET template = substr(template, 1, 40) WHERE print_id = 'p2'")
    with pytest.raises(GalleryDamaged, match="print p2 cannot be opened"):
        list(store.log.replay())
    with pytest.raises(GalleryDamaged, match="put back a copy"):
        store.prints.template("p2")
    assert len(store.prints.template("p1").minutiae) > 0


def test_templates_that_change_places_open_in_neither(store, meddling, entry):
    store.log.append([entry("p1"), entry("p2")])
    with meddling(store) as connection:
        first, second = connection.exec_driver_sql("SELECT template FROM prints ORDER BY sequence").scalars()
        for name, template in (("p1", second), ("p2", first)):
            connection.execute(tables.prints.update().where(tables.prints.c.print_id == name).values(template=template))
    for name in ("p1", "p2"):
        with pytest.raises(GalleryDamaged, match=f"print {name} cannot be opened, it was changed, or was sealed for another"):
            store.prints.template(name)


def test_no_template_is_in_the_database_as_it_is(store, meddling, entry):
    one = entry("p1")
    store.log.append([one])
    with meddling(store) as connection:
        (data,) = connection.exec_driver_sql("SELECT template FROM prints").scalars()
    assert len(data) == len(one.template.to_bytes()) + 32
    assert one.template.to_bytes()[32:64] not in bytes(data)
