"""What comes from outside, in tables."""

from pathlib import Path

from biomatch.bench.report import page


def test_what_comes_from_outside_has_its_tables(marked):
    time = {"p50": 18.5, "p95": 19.9, "unit": "ms"}
    files = {"held against NBIS, ours too": 44, "most grey levels apart": 1}
    files["against originals"] = {"a_75": {"psnr": 29.13, "psnr_of_ours": 29.11, "bytes_of_ours": 1.004}}
    found = {"WSQ, decode": time, "WSQ, decode, NBIS": time | {"p50": 25.0}, "WSQ files": files}
    found["transactions"] = {"files": 23, "records": 125, "written as they were": 23}
    found["minutiae records"] = {"files": 12, "views": 16, "minutiae": 722}
    found["ten-print card"] = {"prints": 1442, "fingers": 301, "ranks": {"right thumb": 1, "left little": 3}}
    text = page.current(marked("formats"), {"formats": {"figures": found}}, (), Path("r"))
    assert "| WSQ, decode | 18.5 (19.9) ms | 25 (19.9) ms |" in text
    assert "29.1 to 29.1 dB; ours at the same rate within 0.02 dB, at most 0.4 % larger" in text
    assert "| 23 transactions of 125 records | 23 written" in text
    assert "1,442 prints of 301 others | 1 of 2 find their rolled mate first |" in text
    shared = {"p50": 0.94, "p5": 0.871, "p1": 0.82}
    hand = {"right": 990, "wrong": 4, "none": 6}
    one = {
        "slaps": 1000,
        "fingers": 4000,
        "found": 3964,
        "found_share": 0.991,
        "wrong_count": 1,
        "shared": shared,
        "hand": hand,
    }
    text = page.current(marked("slaps"), {"slaps": {"figures": {"synthetic": one, "time a slap": time}}}, (), Path("r"))
    assert "| synthetic | 1,000 | 3,964 of 4,000 | 99.10 | 0.94 / 0.87 / 0.82 | 1 | 990 / 4 / 6 |" in text
    assert "A slap takes 18.5 / 19.9 ms" in text
    orders = {"as it is": {"cards": 100, "contradicted": 1, "share": 0.01}, "time a card": time}
    text = page.current(marked("finger-order"), {"finger_order": {"figures": orders}}, (), Path("r"))
    assert "| as it is | 100 | 1 | 1.00 |" in text
    assert "time a card" not in text
    kinds = {"inputs": 100, "read": 40, "slowest, ms of CPU time": 5.5, "workers lost": 0, "faults": 0}
    damaged = {"figures": {f"wsq, {name}": value for name, value in kinds.items()}}
    assert "| wsq | 100 | 40 | 5.5 | 0 | 0 |" in page.current(marked("fuzz"), {"fuzz": damaged}, (), Path("r"))
