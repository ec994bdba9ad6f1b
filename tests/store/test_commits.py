"""Writes that wait for each other share a transaction; one that fails takes nobody along."""

import threading

import pytest
from sqlalchemy import insert, select

from biomatch.errors import PrintNotFound
from biomatch.store import open_store
from biomatch.store.rows import tables


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def put(name):
    def write(connection):
        connection.execute(insert(tables.meta).values(key=name, value="x"))
        return 1

    return write


def keys(store):
    with store.engine.connect() as connection:
        return set(connection.execute(select(tables.meta.c.key)).scalars())


def together(store, works):
    """Runs them so that all but the first wait for the first."""
    begun, go = threading.Event(), threading.Event()
    transactions = []

    def slow(connection):
        begun.set()
        go.wait(10)
        return put("slow")(connection)

    def run(work, at):
        try:
            results[at] = store.commits.run(lambda connection: (transactions.append(connection), work(connection))[1])
        except BaseException as error:
            results[at] = error

    results = {}
    threads = [threading.Thread(target=run, args=(work, at)) for at, work in enumerate([slow, *works])]
    threads[0].start()
    begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(store.commits._waiting) < len(works):
        pass
    go.set()
    for thread in threads:
        thread.join()
    return [results[at] for at in range(1, len(threads))], transactions


def test_those_that_wait_share_a_transaction(store):
    results, transactions = together(store, [put("a"), put("b"), put("c")])
    assert results == [1, 1, 1]
    assert {"slow", "a", "b", "c"} <= keys(store)
    assert len({id(connection) for connection in transactions[1:]}) == 1


def test_one_that_fails_fails_alone(store):
    def bad(connection):
        put("bad")(connection)
        raise PrintNotFound("p")

    results, _ = together(store, [put("a"), bad, put("c")])
    assert [type(result) for result in results] == [int, PrintNotFound, int]
    assert {"a", "c"} <= keys(store)
    assert "bad" not in keys(store)


def test_an_interrupt_acknowledges_nothing(store):
    """Whoever shares the interrupted transaction must not take silence for success."""

    def interrupted(connection):
        put("interrupted")(connection)
        raise KeyboardInterrupt

    results, _ = together(store, [put("a"), interrupted, put("c")])
    assert [type(result) for result in results] == [KeyboardInterrupt] * 3
    assert not {"a", "interrupted", "c"} & keys(store)
    assert store.commits.run(put("later")) == 1
