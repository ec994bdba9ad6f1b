"""Locks a process in, for good, in as many layers as the system has.

limits      (any POSIX system; workers.py sets them) memory, CPU time, size of files, open files
privileges  (Linux 3.5) nothing that is run gains privileges, and root's own are given up
landlock    (Linux 5.13) files are read below given folders only; none is written or run; from 6.7 on no TCP
seccomp     (Linux 3.17, x86-64 and AArch64) what is left of the system calls is what a process needs to compute: none that
            makes a process, a socket, or a change to a file; every other fails with EPERM

Each layer is tried; which of them hold is told. Sources: landlock(7), seccomp(2), bpf(4) of the Linux man-pages project,
kernel headers linux/landlock.h, linux/seccomp.h, linux/filter.h and the tables of system calls.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from enum import StrEnum


class Layer(StrEnum):
    """One means that holds a worker; each value is a word for people."""

    LIMITS = "limits"
    PRIVILEGES = "privileges"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"


def confine(readable: Iterable[str]) -> tuple[Layer, ...]:
    """Gives up, in this thread and those that it will start, what computing does not need.

    readable  folders below which files may still be read: where the code lies that is loaded late
    """
    if sys.platform != "linux":
        return ()
    libc = ctypes.CDLL(None, use_errno=True)
    if not _give_up_privileges(libc):
        return ()
    held = [Layer.PRIVILEGES]
    if _landlock(libc, readable):
        held.append(Layer.LANDLOCK)
    if _seccomp(libc):
        held.append(Layer.SECCOMP)
    return tuple(held)


# privileges

_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITIES = struct.pack("<Ii", 0x20080522, 0)  # version 3, this thread


def _give_up_privileges(libc: ctypes.CDLL) -> bool:
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    capset = getattr(libc, "capset", None)
    return capset is None or capset(_CAPABILITIES, bytes(24)) == 0


# Landlock

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # system calls, the same on every machine
_ASK_VERSION = 1
_PATH_BENEATH = 1
_READ = 1 << 2 | 1 << 3  # files, folders
_RIGHTS = (13, 14, 15, 15, 16)  # how many rights over files versions 1 to 5 know; later ones know as many as 5
_NET_VERSION, _NET = 4, 0b11  # bind, connect
_SCOPE_VERSION, _SCOPES = 6, 0b11  # abstract sockets, signals


def _landlock(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    handled = [(1 << _RIGHTS[min(version, len(_RIGHTS)) - 1]) - 1]
    if version >= _NET_VERSION:
        handled.append(_NET)
    if version >= _SCOPE_VERSION:
        handled.append(_SCOPES)
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    try:
        for folder in readable:
            _allow_reading(libc, rules, folder)
        return libc.syscall(_RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)


def _allow_reading(libc: ctypes.CDLL, rules: int, folder: str) -> None:
    try:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC | os.O_DIRECTORY)
    except OSError:  # not there: nothing to read
        return
    try:
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", _READ, place), 0)
    finally:
        os.close(place)


# seccomp

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column in the table below, AUDIT_ARCH
_CALLS: dict[str, tuple[int | None, int | None]] = {  # x86-64, AArch64
    # reading and writing what is open
    **{"read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "lseek": (8, 62)},
    **{"close": (3, 57), "ppoll": (271, 73), "poll": (7, None), "fadvise64": (221, 223)},
    # looking at files
    **{"fstat": (5, 80), "newfstatat": (262, 79), "stat": (4, None), "lstat": (6, None), "statx": (332, 291)},
    **{"access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None)},
    **{"readlinkat": (267, 78), "getcwd": (79, 17), "getdents64": (217, 61)},
    # memory
    **{"brk": (12, 214), "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226)},
    **{"madvise": (28, 233), "membarrier": (324, 283)},
    # threads, signals, ends
    **{"futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "sched_yield": (24, 124)},
    **{"sched_getaffinity": (204, 123), "getcpu": (309, 168), "gettid": (186, 178), "getpid": (39, 172)},
    **{"rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132)},
    **{"restart_syscall": (219, 128), "pause": (34, None), "exit": (60, 93), "exit_group": (231, 94)},
    # clocks, chance, the machine
    **{"clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101)},
    **{"gettimeofday": (96, 169), "time": (201, None), "times": (100, 153), "getrusage": (98, 165)},
    **{"alarm": (37, None), "setitimer": (38, 103), "getrandom": (318, 278), "uname": (63, 160), "sysinfo": (99, 179)},
}
_OPEN, _OPENAT = (2, None), (257, 56)
_CLONE, _CLONE3 = (56, 220), (435, 435)
_KILL, _TGKILL = (62, 129), (234, 131)
_PRLIMIT64 = (302, 261)

_WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | 0x400000  # the last: a file without a name
_CLONE_THREAD = 0x10000
_RLIMIT_CPU = 0
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16  # in seccomp_data
_X32 = 0x40000000  # numbers from here on are another set of calls on x86-64
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

Check = tuple[int, int, int]
"""argument, mask, value: the lower 32 bits of the argument, masked, must be the value"""


def _seccomp(libc: ctypes.CDLL) -> bool:
    if platform.machine() not in _MACHINES or sys.byteorder != "little":
        return False
    program = filter_program(*_MACHINES[platform.machine()], os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    return libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, header, 0, 0) == 0


def filter_program(column: int, machine: int, process: int) -> bytes:
    """Builds the filter as the kernel's instructions, 8 bytes each."""
    program = [
        *(_step(_LOAD, _MACHINE_AT), _step(_EQUAL, machine, 1, 0), _step(_RETURN, _KILL_PROCESS)),
        *(_step(_LOAD, _NUMBER_AT), _step(_AT_LEAST, _X32, 0, 1), _step(_RETURN, _FAIL | _EPERM)),
    ]
    for numbers in _CALLS.values():
        program += _rule(numbers[column])
    program += _rule(_OPEN[column], (1, _WRITING, 0))
    program += _rule(_OPENAT[column], (2, _WRITING, 0))
    program += _rule(_CLONE[column], (0, _CLONE_THREAD, _CLONE_THREAD))
    program += _rule(_CLONE3[column], result=_FAIL | _ENOSYS)  # its flags lie in memory; libc falls back to clone
    program += _rule(_KILL[column], (0, 0xFFFFFFFF, process))
    program += _rule(_TGKILL[column], (0, 0xFFFFFFFF, process))
    program += _rule(_PRLIMIT64[column], (0, 0xFFFFFFFF, 0), (1, 0xFFFFFFFF, _RLIMIT_CPU))  # a job's time is set anew
    program.append(_step(_RETURN, _FAIL | _EPERM))
    return b"".join(program)


def _rule(number: int | None, *checks: Check, result: int = _ALLOW) -> list[bytes]:
    """Builds the rule for a call: `result` where all checks hold, else EPERM. No number: this machine has no such call."""
    if number is None:
        return []
    body: list[bytes] = []
    for left, (argument, mask, value) in zip(range(len(checks), 0, -1), checks, strict=True):
        to_failure = 3 * (left - 1) + 1
        body += [_step(_LOAD, _ARGUMENTS_AT + 8 * argument), _step(_AND, mask), _step(_EQUAL, value, 0, to_failure)]
    body.append(_step(_RETURN, result))
    if checks:
        body.append(_step(_RETURN, _FAIL | _EPERM))
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
