"""The filter of system calls is run here by a small interpreter, for both machines; the kernel runs it in test_workers.py."""

from __future__ import annotations

import struct

import pytest

from biomatch.sandbox import _CALLS, _MACHINES, filter_program

ALLOWED, EPERM, ENOSYS, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
OURS = 4321
X86, ARM = "x86_64", "aarch64"
COLUMN = {X86: 0, ARM: 1}


def outcome(machine: str, number: int, *arguments: int, says: int | None = None) -> int:
    """What the filter returns for a call; says: the machine that the kernel names, if not this one."""
    column, audit = _MACHINES[machine]
    program = list(struct.iter_unpack("=HBBI", filter_program(column, audit, OURS)))
    padded = [*arguments, *[0] * 6][:6]
    data = struct.pack("<iIQ6Q", number, audit if says is None else says, 0, *padded)
    at, held = 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == 0x54:
            held &= value
        elif code == 0x15:
            at += if_true if held == value else if_false
        elif code == 0x35:
            at += if_true if held >= value else if_false
        else:
            assert code == 0x06
            return value


@pytest.mark.parametrize("machine", [X86, ARM])
def test_what_computing_needs_is_allowed(machine: str) -> None:
    for name, numbers in _CALLS.items():
        number = numbers[COLUMN[machine]]
        if number is not None:
            assert outcome(machine, number) == ALLOWED, name


@pytest.mark.parametrize("machine", [X86, ARM])
def test_every_other_call_fails(machine: str) -> None:
    known = {numbers[COLUMN[machine]] for numbers in _CALLS.values()}
    conditional = {X86: {2, 257, 56, 435, 62, 234, 302}, ARM: {56, 220, 435, 129, 131, 261}}[machine]
    for number in range(600):
        if number not in known | conditional:
            assert outcome(machine, number) == EPERM


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("socket", {X86: 41, ARM: 198}),
        ("connect", {X86: 42, ARM: 203}),
        ("sendmsg", {X86: 46, ARM: 211}),
        ("fork", {X86: 57, ARM: 1079}),
        ("execve", {X86: 59, ARM: 221}),
        ("ptrace", {X86: 101, ARM: 117}),
        ("prctl", {X86: 157, ARM: 167}),
        ("mount", {X86: 165, ARM: 40}),
        ("bpf", {X86: 321, ARM: 280}),
        ("io_uring_setup", {X86: 425, ARM: 425}),
        ("openat2", {X86: 437, ARM: 437}),
    ],
)
@pytest.mark.parametrize("machine", [X86, ARM])
def test_what_reaches_out_fails(machine: str, name: str, numbers: dict[str, int]) -> None:
    assert outcome(machine, numbers[machine]) == EPERM, name


@pytest.mark.parametrize("machine", [X86, ARM])
@pytest.mark.parametrize(
    ("flags", "result"),
    [(0, ALLOWED), (0o2000000, ALLOWED), (1, EPERM), (2, EPERM), (0o100, EPERM), (0o1000, EPERM), (0o20200000, EPERM)],
)
def test_files_are_opened_for_reading_only(machine: str, flags: int, result: int) -> None:
    assert outcome(machine, {X86: 257, ARM: 56}[machine], 3, 99, flags) == result
    if machine == X86:
        assert outcome(machine, 2, 99, flags) == result


@pytest.mark.parametrize("machine", [X86, ARM])
def test_threads_are_started_but_no_processes(machine: str) -> None:
    clone = {X86: 56, ARM: 220}[machine]
    thread = 0x003D0F00  # what libc asks for
    assert outcome(machine, clone, thread) == ALLOWED
    assert outcome(machine, clone, 17) == EPERM  # SIGCHLD: fork
    assert outcome(machine, clone, 0x4111) == EPERM  # vfork
    assert outcome(machine, 435) == ENOSYS


@pytest.mark.parametrize("machine", [X86, ARM])
def test_signals_go_to_itself_and_limits_are_its_own(machine: str) -> None:
    kill, tgkill, prlimit = {X86: (62, 234, 302), ARM: (129, 131, 261)}[machine]
    for call in (kill, tgkill):
        assert outcome(machine, call, OURS, 6) == ALLOWED
        assert outcome(machine, call, OURS + 1, 6) == EPERM
        assert outcome(machine, call, 0, 6) == EPERM
        assert outcome(machine, call, 0xFFFFFFFF, 6) == EPERM
    assert outcome(machine, prlimit, 0, 0) == ALLOWED
    assert outcome(machine, prlimit, 0, 9) == EPERM
    assert outcome(machine, prlimit, 1, 0) == EPERM


def test_calls_of_another_machine_end_the_process() -> None:
    assert outcome(X86, 0, says=0x40000003) == KILLED  # i386 on x86-64: other numbers
    assert outcome(X86, 0x40000000) == EPERM  # x32
    assert outcome(X86, -1) == EPERM
