"""Processes for what must not happen in ours: they decode bytes from outside, and extract from them, under limits.

A job that crashes, hangs or takes too much loses its own process and nothing else; the next job gets a new one. What comes
back is read by an unpickler that knows biomatch's data classes and numpy's arrays only, so that a worker which was taken
over by a hostile file can give no orders here; and sandbox.py leaves it little to do there. Arrays come back through memory
that both sides see, copied before anything looks at them.
"""

from __future__ import annotations

import ctypes
import dataclasses
import enum
import io
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import sysconfig
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, Pipe
from queue import Empty, LifoQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from biomatch import deadlines
from biomatch.errors import BiomatchError, WorkerLost
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sandbox import Layer, confine
from biomatch.shared_arrays import SharedArrays

Reply = TypeVar("Reply")


@dataclass(frozen=True)
class Caps:
    """The limits of one job. Memory counts from what the process has when it is ready.

    jobs      after so many the process is replaced: what a hostile file left behind lives no longer
    confined  whether the process is locked in by sandbox.py: then it opens no socket, starts no process, changes no file
    """

    seconds: float = 30  # wall clock; a print takes a fraction of a second, a palm on a busy machine a few
    late_seconds: float = 2  # beyond its request's deadline: to end the process costs the next job one to three
    cpu_seconds: int = 20
    memory_bytes: int = 2 * 1024**3  # a palm at 500 ppi takes somewhat over one to extract
    reply_bytes: int = 256 * 1024**2
    file_bytes: int = 0  # a job writes no file
    open_files: int = 64
    setup_seconds: float = 300  # kernels may have to be compiled, once a machine
    jobs: int = 1_000  # a new process costs one to three seconds: a few ms a job
    confined: bool = True


CAPS = Caps()

TRUSTED = Caps(  # for our own work on our own data: a bound on accidents only
    seconds=24 * 3600,
    cpu_seconds=24 * 3600,
    memory_bytes=64 * 1024**3,
    reply_bytes=2 * 1024**3,
    file_bytes=resource.RLIM_INFINITY,
    open_files=4096,
    jobs=sys.maxsize,
    confined=False,
)


class Pool(Generic[Reply]):
    """Sandboxed processes, started when they are needed.

    setup      called once in each process, before its limits fall into place: loads what jobs need, compiles kernels
    call       call(what setup returned, *arguments) -> reply; both are found by their names, so at a module's top level
    processes  how many at most
    blame      makes the error for a job that lost its process, from the reason in words

    Whatever a job raises from `biomatch.errors` is raised here as it is. Safe to use from many threads.
    """

    def __init__(
        self,
        setup: Callable[[], Any],
        call: Callable[..., Reply],
        *,
        processes: int = 1,
        caps: Caps = CAPS,
        blame: Callable[[str], BiomatchError] = WorkerLost,
    ):
        opening = _Opening()
        self._workers = [_Worker(setup, call, caps, blame, opening) for _ in range(processes)]
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._counting = threading.Lock()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Jobs that no process has taken yet."""
        return self._waiting

    @property
    def busy(self) -> int:
        """Processes that have a job."""
        return len(self._workers) - self._idle.qsize()

    def call(self, *arguments: object) -> Reply:
        """Runs one job; waits while all processes are busy, but no longer than its deadline. Raises DeadlinePassed."""
        worker = self._next_idle()
        try:
            deadlines.check()
            return worker.call(arguments)
        finally:
            self._idle.put(worker)

    def _next_idle(self) -> _Worker:
        self._count(1)
        try:
            return self._idle.get(timeout=deadlines.left())
        except Empty:
            deadlines.check()
            return self._idle.get()  # the clock had not quite come so far
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._counting:
            self._waiting += more

    def map(self, jobs: Iterable[tuple[object, ...]], progress: Progress = NO_PROGRESS) -> Iterator[Reply | BiomatchError]:
        """Yields the replies in the order of the jobs, or the error of each that failed. It takes few jobs ahead.

        `progress` is advanced by one a reply; who knows their number starts and ends it.
        """
        ahead = 2 * len(self._workers)
        with ThreadPoolExecutor(len(self._workers)) as threads:
            pending: deque[Future[Reply | BiomatchError]] = deque()
            try:
                for job in jobs:
                    pending.append(threads.submit(self._outcome, job))
                    if len(pending) > ahead:
                        yield self._next(pending, progress)
                while pending:
                    yield self._next(pending, progress)
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _next(self, pending: deque[Future[Reply | BiomatchError]], progress: Progress) -> Reply | BiomatchError:
        reply = pending.popleft().result()
        progress.advance()
        return reply

    def _outcome(self, job: tuple[object, ...]) -> Reply | BiomatchError:
        try:
            return self.call(*job)
        except BiomatchError as error:
            return error

    def warm(self) -> Self:
        """Starts every process now. Raises what `setup` raises."""
        with ThreadPoolExecutor(len(self._workers)) as threads:
            for started in [threads.submit(worker.ready) for worker in self._workers]:
                started.result()
        return self

    def layers(self) -> tuple[Layer, ...]:
        """Lists what holds the processes on this system."""
        self.warm()
        return self._workers[0].layers

    def close(self) -> None:
        """Ends the processes, and with them whatever they are doing."""
        for worker in self._workers:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


_CLOSED = "its pool was closed"


class _Opening:
    """Lets the first process of a pool set up alone: what it compiles is cached for the others, who then start together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = False

    def __call__(self, start: Callable[[], None]) -> None:
        with self._lock:
            if not self._done:
                start()
                self._done = True
                return
        start()


class _Worker:
    """One process, one job at a time; restarted after a loss, and after so many jobs."""

    def __init__(
        self,
        setup: Callable[[], Any],
        call: Callable[..., Any],
        caps: Caps,
        blame: Callable[[str], BiomatchError],
        opening: _Opening,
    ):
        self._task = pickle.dumps((setup, call, caps))
        self._caps = caps
        self._blame = blame
        self._opening = opening
        self._lock = threading.RLock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._shared: SharedArrays | None = None
        self._setting_up = False
        self._jobs = 0
        self.layers: tuple[Layer, ...] = ()

    def ready(self) -> None:
        """Starts the process unless it is there, and waits until it is set up."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self.end()
                self._opening(self._start)
            elif self._setting_up:
                self._await_setup()

    def _start(self) -> None:
        self._launch()
        self._await_setup()

    def _launch(self) -> None:
        """Starts the process and hands it its task; it sets itself up while nobody waits."""
        if self._closed:
            raise WorkerLost(_CLOSED)
        self._shared = SharedArrays.new()
        self._line, theirs = Pipe()
        with theirs:
            numbers = (theirs.fileno(), self._shared.number)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, json.dumps(sys.path), *map(str, numbers)],
                pass_fds=numbers,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._jobs, self._setting_up = 0, True
        with suppress(OSError):  # it has died already: who waits for it will be told
            self._line.send_bytes(self._task)

    def _await_setup(self) -> None:
        self._setting_up = False
        self.layers = self._exchange(None, self._caps.setup_seconds, WorkerLost)

    def call(self, arguments: tuple[object, ...]) -> Any:
        with self._lock:
            self.ready()
            seconds = deadlines.at_most(self._caps.seconds, late=self._caps.late_seconds)
            reply = self._exchange(_pickled(arguments), seconds, self._blame)
            self._jobs += 1
            if self._jobs >= self._caps.jobs and not self._closed:
                self.end()
                self._launch()
            return reply

    def close(self) -> None:
        """Ends the process now; a job that is under way notices and lets go of the lock."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
        with self._lock:
            self.end()

    def end(self) -> None:
        process, line, shared = self._process, self._line, self._shared
        self._process = self._line = self._shared = None
        if process is not None:
            process.kill()
            process.wait()
        if line is not None:
            line.close()
        if shared is not None:
            shared.close()

    def _exchange(self, message: bytes | None, seconds: float, blame: Callable[[str], BiomatchError]) -> Any:
        """Sends a message and waits for its answer. message: None where it was sent before."""
        try:
            kind, reply = self._answer(message, seconds, blame)
        except BaseException:
            self.end()
            raise
        return self._settle(kind, reply, blame)

    def _answer(self, message: bytes | None, seconds: float, blame: Callable[[str], BiomatchError]) -> tuple[object, Any]:
        assert self._line is not None
        assert self._shared is not None
        try:
            if message is not None:
                self._line.send_bytes(message)
            if not self._line.poll(seconds):
                deadlines.check()
                raise blame(f"it took more than {seconds:g} s")
            return _read(*self._shared.split(self._line.recv_bytes(self._caps.reply_bytes)))
        except (EOFError, OSError):
            raise blame(self._cause()) from None
        except pickle.UnpicklingError as error:
            raise blame(f"its worker's reply is refused ({error})") from None

    def _settle(self, kind: object, reply: Any, blame: Callable[[str], BiomatchError]) -> Any:
        if kind == _DONE:
            return reply
        if kind == _REFUSED and isinstance(reply, BiomatchError):
            raise reply
        self.end()
        if kind == _MEMORY:
            raise blame(f"it took more than {self._caps.memory_bytes // 1024**2} MB of memory")
        raise RuntimeError(f"a worker failed:\n{reply}")

    def _cause(self) -> str:
        """Says in words why the process ended."""
        if self._closed:
            return _CLOSED
        assert self._process is not None
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return f"it answered with more than {self._caps.reply_bytes // 1024**2} MB"
        if code == -signal.SIGXCPU:
            return f"it took more than {self._caps.cpu_seconds} s of CPU time"
        return f"its worker was ended by {signal.Signals(-code).name}" if code < 0 else f"its worker ended with {code}"


def _pickled(arguments: tuple[object, ...]) -> bytes:
    """Pickles, and copies large bytes while other threads run: `pickle.dumps` holds the interpreter, 30 ms for 45 MB."""
    parts = _Parts()
    pickle.dump(arguments, parts, protocol=5)  # large bytes are handed over as they are
    return b"".join(parts)


class _Parts(list[bytes]):
    write = list.append


# what a reply may be made of

_DONE, _REFUSED, _MEMORY, _FAILED = "done", "refused", "memory", "failed"

_NUMPY = frozenset(
    (f"numpy.{core}.{name}", function)
    for core in ("core", "_core")
    for name, function in (("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"))
) | {("numpy", "ndarray"), ("numpy", "dtype")}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NUMPY or (module, name) == ("biomatch.errors.base", "_rebuild"):
            return super().find_class(module, name)
        if module.startswith("biomatch.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum | BiomatchError)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not data")


def _read(message: bytes, buffers: Sequence[bytearray] = ()) -> tuple[object, Any]:
    try:
        kind, reply = _Reader(io.BytesIO(message), buffers=buffers).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # a hostile pickle fails in as many ways as there are
        raise pickle.UnpicklingError(type(error).__name__) from None
    return kind, reply


# the other side: what runs in the process

_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from biomatch.workers import _serve
_serve(int(sys.argv[2]), int(sys.argv[3]))
"""

_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "NUMBA_CACHE_DIR")
"""What a worker sees of the environment: where things lie, no secrets."""

_GRACE_SECONDS = 5  # beyond a job's wall clock, for when nobody is left to end the process
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_KEPT_BYTES = 192 * 1024**2  # freed memory that a process keeps for its next job: what a print takes, not what a palm does
_MAPPED_BYTES = 32 * 1024**2  # larger blocks go back at once; the most that glibc takes for it


def _serve(number: int, shared_number: int) -> None:
    """Sets up, locks the process in, and answers jobs until the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    line, shared = Connection(number), SharedArrays(shared_number)
    setup, call, caps = pickle.loads(line.recv_bytes())
    kind, found = _attempt(partial(_prepare, setup, caps))
    state, reply = found if kind == _DONE else (None, found)
    line.send_bytes(shared.message((kind, reply)))
    while True:
        try:
            arguments = pickle.loads(line.recv_bytes())
        except EOFError:
            return
        _limit_time(caps)
        line.send_bytes(shared.message(_attempt(partial(call, state, *arguments))))
        signal.alarm(0)


def _prepare(setup: Callable[[], Any], caps: Caps) -> tuple[Any, tuple[Layer, ...]]:
    """Runs setup and locks the process in; returns what setup returned, and the layers that hold the process."""
    import cv2

    cv2.setNumThreads(1)
    _keep_freed_memory()
    state = setup()
    _limit_rest(caps)
    return state, (Layer.LIMITS, *(confine(_code_folders()) if caps.confined else ()))


def _code_folders() -> list[str]:
    """Lists where Python, its packages, biomatch and numba's compiled code lie: modules and kernels may be loaded late.

    Kernels must be compiled, and their modules imported, during setup: for both numba writes files.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    kernels = os.environ.get("NUMBA_CACHE_DIR") or os.path.join(cache, "numba")
    return [
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        os.path.dirname(__file__),
        kernels,
    ]


def _keep_freed_memory() -> None:
    """Lets glibc keep what a job frees: given back, it cost the next job 4,300 page faults, 10 of 50 ms."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl and macOS have none
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _attempt(job: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return _DONE, job()
    except BiomatchError as error:
        return _REFUSED, error
    except MemoryError:
        return _MEMORY, None
    except Exception:
        return _FAILED, traceback.format_exc()


def _limit_time(caps: Caps) -> None:
    """Limits the time of one job: the kernel ends the process when it goes on longer, whatever it does."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + caps.cpu_seconds, resource.RLIM_INFINITY))
    signal.alarm(int(caps.seconds) + _GRACE_SECONDS)


def _limit_rest(caps: Caps) -> None:
    """Limits the rest for good: no core dump (it would hold prints), little memory, no files."""
    _never_more(resource.RLIMIT_CORE, 0)
    _never_more(resource.RLIMIT_FSIZE, caps.file_bytes)
    _never_more(resource.RLIMIT_NOFILE, caps.open_files)
    if sys.platform == "linux":
        _never_more(resource.RLIMIT_AS, _address_space() + caps.memory_bytes)


def _never_more(limit: int, value: int) -> None:
    hard = resource.getrlimit(limit)[1]
    if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
        value = hard
    resource.setrlimit(limit, (value, value))


def _address_space() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
