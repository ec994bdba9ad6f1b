import mmap

from biomatch.evaluation import machine


def test_memory_of_its_own_grows_with_what_is_held():
    before, size = machine.memory().anonymous, 32_000_000
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as held:
        held.write(b"\1" * size)
        assert machine.memory().anonymous - before > 0.9 * size


def test_the_noise_of_the_machine_is_put_into_words():
    found = machine.noise(0.05)
    assert found.task_ms[0] > 0
    assert found.verdict.split(":")[0] in ("quiet", "somewhat busy", "noisy")


def test_a_machine_is_described():
    assert machine.described()["cores"] >= 1
    assert "numpy" in machine.versions()
