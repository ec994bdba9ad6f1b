"""Jobs are expressions: a worker's state is `eval`, its call is `operator.call`."""

from __future__ import annotations

import errno
import operator
import os
import pickle
import platform
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from biomatch.deadlines import Deadline, within
from biomatch.errors import BiomatchError, CorruptTemplate, DeadlinePassed, ModelMissing, UnreadableImage, WorkerLost
from biomatch.sandbox import Layer
from biomatch.spare_cores import one_thread_each
from biomatch.template import Minutiae, Template
from biomatch.workers import Caps, Pool, _Parts, _pickled, _read

CAPS = Caps(cpu_seconds=1, memory_bytes=256 * 1024**2, reply_bytes=1024**2)
EVALUATE = partial(eval, "eval")
CRASH = "__import__('os').kill(__import__('os').getpid(), 11)"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool[object]]:
    with Pool(EVALUATE, operator.call, caps=CAPS, blame=UnreadableImage) as found:
        yield found


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (CRASH, "SIGSEGV"),
        ("__import__('os').abort()", "SIGABRT"),
        ("__import__('os')._exit(3)", "ended with 3"),
        ("bytearray(1024**3)", "256 MB of memory"),
        ("bytes(2 * 1024**2)", "more than 1 MB"),
    ],
    ids=["segmentation fault", "abort", "exit", "memory", "huge reply"],
)
def test_a_job_that_loses_its_process_is_blamed_and_the_next_one_works(pool: Pool[object], job: str, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        pool.call(job)
    assert pool.call("6 * 7") == 42


def test_a_hang_is_ended_by_the_clock() -> None:
    with (
        Pool(EVALUATE, operator.call, caps=replace(CAPS, seconds=0.5)) as pool,
        pytest.raises(WorkerLost, match=r"more than 0\.5 s"),
    ):
        pool.call("__import__('signal').pause()")


def test_a_job_does_not_hold_its_process_long_after_its_deadline() -> None:
    with Pool(EVALUATE, operator.call, caps=replace(CAPS, seconds=20, late_seconds=0.2)) as pool:
        before = pool.call("__import__('os').getpid()")
        with within(Deadline(0.1)), pytest.raises(DeadlinePassed):
            pool.call("__import__('signal').pause()")
        with within(Deadline(30)):
            assert pool.call("__import__('os').getpid()") != before


def test_a_job_that_ends_soon_after_its_deadline_keeps_its_process() -> None:
    with Pool(EVALUATE, operator.call, caps=CAPS) as pool:
        before = pool.call("__import__('os').getpid()")
        with within(Deadline(0.1)):
            assert pool.call("__import__('time').sleep(0.3) or 42") == 42
        assert pool.call("__import__('os').getpid()") == before


def test_a_busy_loop_is_ended_by_its_cpu_time() -> None:
    with Pool(EVALUATE, operator.call, caps=CAPS) as pool:
        with pytest.raises(WorkerLost, match="1 s of CPU time"):
            pool.call("sum(1 for _ in iter(int, 1))")
        assert pool.call("6 * 7") == 42


def test_a_process_that_died_while_idle_is_replaced_without_blame(pool: Pool[object]) -> None:
    number = pool.call("__import__('os').getpid()")
    assert isinstance(number, int)
    os.kill(number, signal.SIGKILL)
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
    assert pool.call("6 * 7") == 42


def test_a_job_in_time_keeps_its_process(pool: Pool[object]) -> None:
    assert pool.call("__import__('os').getpid()") == pool.call("__import__('os').getpid()") != os.getpid()


def test_an_error_of_ours_comes_back_as_it_was(pool: Pool[object]) -> None:
    with pytest.raises(CorruptTemplate, match="its checksum is wrong") as caught:
        pool.call("(_ for _ in ()).throw(__import__('biomatch.errors').errors.CorruptTemplate('its checksum is wrong'))")
    assert caught.value.values == {"reason": "its checksum is wrong"}


def test_a_defect_is_not_disguised(pool: Pool[object]) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        pool.call("1 / 0")
    assert pool.call("6 * 7") == 42


def test_arrays_and_templates_come_back_as_they_were() -> None:
    template = Template(Minutiae.of([1.5], [2], [0.5]), 10, 12)
    message = pickle.dumps(("done", (np.arange(3), np.float32(2), template)), pickle.HIGHEST_PROTOCOL)
    _, (array, number, found) = _read(message)
    assert array.tolist() == [0, 1, 2]
    assert number == 2
    assert found == template


@pytest.mark.parametrize("target", ["os.system", "builtins.eval", "biomatch.learned.save", "biomatch.workers.Pool"])
def test_a_worker_that_was_taken_over_can_give_no_orders(target: str) -> None:
    module, name = target.rsplit(".", 1)
    with pytest.raises(pickle.UnpicklingError, match=target):
        _read(f"c{module}\n{name}\n(S'x'\ntR.".encode())


def test_large_bytes_of_a_task_are_not_copied_while_others_wait() -> None:
    large = bytes(1_000_000)
    parts = _Parts()
    pickle.dump((large, "small"), parts, protocol=5)
    assert any(part is large for part in parts)  # joining copies them, without the interpreter's lock
    assert pickle.loads(_pickled((large, "small"))) == (large, "small")


def test_a_reply_with_code_in_it_is_refused(pool: Pool[object]) -> None:
    with pytest.raises(UnreadableImage, match=r"builtins\.print is not data"):
        pool.call("print")
    assert pool.call("6 * 7") == 42


def test_junk_is_no_reply() -> None:
    with pytest.raises(pickle.UnpicklingError):
        _read(b"junk")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process")
def test_the_process_has_limits_and_one_thread(pool: Pool[object]) -> None:
    number = pool.call("__import__('os').getpid()")
    assert isinstance(number, int)
    assert resource.prlimit(number, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(number, resource.RLIMIT_FSIZE) == (0, 0)
    assert resource.prlimit(number, resource.RLIMIT_NOFILE) == (64, 64)
    assert len(list(Path(f"/proc/{number}/task").iterdir())) == 1  # a thread that was there before would not be locked in


@pytest.mark.skipif(sys.platform != "linux", reason="no_new_privs and capabilities are Linux's")
def test_the_process_has_no_privileges(pool: Pool[object]) -> None:
    status = Path(f"/proc/{pool.call('__import__(chr(111) + chr(115)).getpid()')}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    for kind in ("CapEff", "CapPrm", "CapInh"):
        assert f"{kind}:\t{0:016x}" in status


def test_a_job_that_is_not_confined_writes_no_file_either(tmp_path: Path) -> None:
    with (
        Pool(EVALUATE, operator.call, caps=replace(CAPS, confined=False)) as pool,
        pytest.raises(RuntimeError, match="File too large"),
    ):
        pool.call(f"open({str(tmp_path / 'file')!r}, 'wb', 0).write(b'x')")


HOSTILE = [
    (Layer.LANDLOCK, "open('/etc/passwd').read()"),
    (Layer.LANDLOCK, "open('/proc/self/environ').read()"),
    (Layer.LANDLOCK, "os.listdir({place!r})"),
    (Layer.LANDLOCK, "open({victim!r}).read()"),
    (Layer.SECCOMP, "open({new!r}, 'wb')"),
    (Layer.SECCOMP, "open({victim!r}, 'r+b')"),
    (Layer.SECCOMP, "os.remove({victim!r})"),
    (Layer.SECCOMP, "os.rename({victim!r}, {new!r})"),
    (Layer.SECCOMP, "os.mkdir({new!r})"),
    (Layer.SECCOMP, "os.symlink({victim!r}, {new!r})"),
    (Layer.SECCOMP, "os.chmod({victim!r}, 0o777)"),
    (Layer.SECCOMP, "socket.socket()"),
    (Layer.SECCOMP, "socket.create_connection(('127.0.0.1', {port}))"),
    (Layer.SECCOMP, "socket.socket(socket.AF_UNIX)"),
    (Layer.SECCOMP, "socket.socketpair()"),
    (Layer.SECCOMP, "os.fork()"),
    (Layer.SECCOMP, "os.posix_spawn('/bin/true', ['true'], {{}})"),
    (Layer.SECCOMP, "os.execv('/bin/true', ['true'])"),
    (Layer.SECCOMP, "os.kill({us}, 0)"),
    (Layer.SECCOMP, "os.kill(-1, 0)"),
    (Layer.SECCOMP, "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))"),
    (Layer.SECCOMP, "resource.prlimit({us}, resource.RLIMIT_CPU, (0, 0))"),
    (Layer.SECCOMP, "os.setpriority(os.PRIO_PROCESS, {us}, 10)"),
    (Layer.SECCOMP, "os.memfd_create('x')"),
]


@pytest.mark.parametrize(
    ("layer", "job"), HOSTILE, ids=[job.partition("(")[0] + f" {at}" for at, (_, job) in enumerate(HOSTILE)]
)
def test_a_hostile_job_gets_nowhere(pool: Pool[object], layer: Layer, job: str, tmp_path: Path) -> None:
    if layer not in pool.layers():
        pytest.skip(f"this system has no {layer}")
    victim, new = tmp_path / "victim", tmp_path / "new"
    victim.write_text("a template")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        filled = job.format(place=str(tmp_path), victim=str(victim), new=str(new), us=os.getpid(), port=server.getsockname()[1])
        modules = "(os := __import__('os'), socket := __import__('socket'), resource := __import__('resource'))"
        with pytest.raises((RuntimeError, UnreadableImage), match=r"PermissionError|Operation not permitted|worker"):
            pool.call(f"{modules} and {filled}")
        with pytest.raises(TimeoutError):
            server.accept()
    assert victim.read_text() == "a template"
    assert oct(victim.stat().st_mode)[-3:] != "777"
    assert [path.name for path in tmp_path.iterdir()] == ["victim"]
    assert pool.call("6 * 7") == 42


def test_a_hostile_job_cannot_trace_another_process(pool: Pool[object]) -> None:
    if Layer.SECCOMP not in pool.layers():
        pytest.skip("this system has no seccomp")
    attach = 16
    libc = "(c := __import__('ctypes'), l := c.CDLL(None, use_errno=True))"
    assert pool.call(f"{libc} and (l.ptrace({attach}, {os.getpid()}, 0, 0), c.get_errno())") == (-1, errno.EPERM)


def test_a_job_may_start_threads_and_load_modules_late(pool: Pool[object]) -> None:
    assert pool.call("(t := __import__('threading').Thread(target=int), t.start(), t.join()) and t.is_alive()") is False
    assert pool.call("__import__('colorsys').rgb_to_hsv(0, 0, 1)[2]") == 1


def test_a_system_without_any_layer_still_has_limits() -> None:
    with Pool(EVALUATE, operator.call, caps=replace(CAPS, confined=False)) as pool:
        assert pool.layers() == (Layer.LIMITS,)


def test_a_process_is_replaced_after_so_many_jobs() -> None:
    with Pool(EVALUATE, operator.call, caps=replace(CAPS, jobs=3)) as pool:
        numbers = [pool.call("__import__('os').getpid()") for _ in range(7)]
    assert [numbers.count(number) for number in dict.fromkeys(numbers)] == [3, 3, 1]


def test_secrets_of_the_environment_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOMATCH_MASTER_KEY", "secret")
    with Pool(EVALUATE, operator.call, caps=CAPS) as pool:
        assert "BIOMATCH_MASTER_KEY" not in pool.call("list(__import__('os').environ)")


def test_opencv_uses_one_thread(pool: Pool[object]) -> None:
    assert pool.call("__import__('cv2').getNumThreads()") == 1


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="its allocator alone is told to keep memory")
def test_what_a_job_frees_is_there_for_the_next(pool: Pool[object]) -> None:
    """40 MB in blocks of 10: 10,000 pages, which the kernel hands out once."""
    touched = "[bytearray(10_000_000) for _ in range(4)] and (r := __import__('resource')).getrusage(r.RUSAGE_SELF).ru_minflt"
    pool.call(touched)
    first, second = pool.call(touched), pool.call(touched)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert second - first < 1_000


def test_results_keep_the_order_of_the_jobs_and_errors_take_their_places() -> None:
    class Count:
        steps = 0

        def start(self, what: str, total: int | None) -> None: ...

        def advance(self, steps: int = 1) -> None:
            self.steps += steps

        def done(self) -> None: ...

    progress = Count()
    jobs = [("__import__('time').sleep(0.2) or 0",), ("1",), (CRASH,), *((str(number),) for number in range(3, 12))]
    with Pool(EVALUATE, operator.call, processes=2, caps=CAPS) as pool:
        replies = list(pool.map(jobs, progress))
    assert isinstance(replies[2], WorkerLost)
    assert [reply for reply in replies if not isinstance(reply, BiomatchError)] == [0, 1, *range(3, 12)]
    assert progress.steps == len(jobs)


def test_jobs_are_taken_only_a_little_ahead_of_the_replies() -> None:
    taken = []

    def jobs() -> Iterator[tuple[object, ...]]:
        for number in range(50):
            taken.append(number)
            yield (str(number),)

    with Pool(EVALUATE, operator.call, caps=CAPS) as pool:
        replies = pool.map(jobs())
        assert next(replies) == 0
        assert len(taken) <= 3
        replies.close()


def test_many_threads_share_few_processes() -> None:
    found: list[object] = []
    with Pool(EVALUATE, operator.call, processes=2, caps=CAPS).warm() as pool:
        threads = [threading.Thread(target=lambda: found.append(pool.call("__import__('os').getpid()"))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 12
    assert len(set(found)) <= 2


def test_a_job_that_waited_too_long_is_dropped_and_its_place_is_free() -> None:
    with Pool(EVALUATE, operator.call, caps=CAPS).warm() as pool:
        slow = threading.Thread(target=pool.call, args=("__import__('time').sleep(0.5)",))
        slow.start()
        while not pool.busy:
            pass
        waited = threading.Thread(target=pool.call, args=("1",))
        waited.start()
        with within(Deadline(0.1)), pytest.raises(DeadlinePassed):
            pool.call("2")
        assert (pool.waiting, pool.busy) == (1, 1)
        slow.join()
        waited.join()
        assert (pool.waiting, pool.busy, pool.call("6 * 7")) == (0, 0, 42)


def test_the_first_process_sets_up_alone(tmp_path: Path) -> None:
    """So that kernels are compiled once. Each setup notes when it begins and ends; the first ends before any other begins."""
    notes = tmp_path / "notes"
    note = f"open({str(notes)!r}, 'a').write('{{}}') and"
    text = f"{note.format('(')} __import__('time').sleep(0.2) or {note.format(')')} eval"
    with Pool(partial(eval, text), operator.call, processes=3, caps=CAPS).warm():
        assert notes.read_text().startswith("()(")


def test_a_setup_that_fails_says_why() -> None:
    missing = partial(eval, "__import__('biomatch.learned').learned.Models().card('no such model')")
    with Pool(missing, operator.call, caps=CAPS) as pool, pytest.raises(ModelMissing, match="no such model"):
        pool.warm()


def test_a_closed_pool_ends_its_processes_and_starts_no_more() -> None:
    pool = Pool(EVALUATE, operator.call, caps=CAPS)
    number = pool.call("__import__('os').getpid()")
    pool.close()
    assert isinstance(number, int)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    with pytest.raises(WorkerLost, match="closed"):
        pool.call("1")


def test_closing_a_pool_ends_a_job_that_is_under_way() -> None:
    pool: Pool[object] = Pool(EVALUATE, operator.call, caps=CAPS).warm()
    threading.Timer(0.3, pool.close).start()
    with pytest.raises(WorkerLost, match="closed"):
        pool.call("__import__('signal').pause()")


def test_blas_is_held_to_one_thread():
    one_thread_each()
    found = [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    assert found
    assert set(found) == {1}
