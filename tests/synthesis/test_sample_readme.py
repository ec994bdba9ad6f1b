"""The sample's README counts what lies in the sample, and names the command that makes it again."""

import re
from dataclasses import replace

from biomatch.synthesis.sample_listing import SAMPLE, listing
from biomatch.synthesis.sample_readme import readme


def test_the_shipped_readme_is_that_of_the_shipped_sample(root):
    text = (root / "sample_data" / "README.md").read_text(encoding="utf-8")
    (seed,) = re.findall(r"--seed (\d+)$", text, re.MULTILINE)
    assert text == readme(listing(), int(seed), SAMPLE)


def test_a_smaller_sample_is_counted():
    params = replace(SAMPLE, persons=3, latents=2)
    prints = listing(params)
    text = readme(prints, 7, params)
    probes = [one for one in prints if one.role == "probe"]
    assert f"`probe/`: {len(probes)} probes, {sum(one.mate != 'none' for one in probes)} of enrolled persons" in text
    assert "and 2 latents" in text
    assert "--seed 7" in text
