"""The README of the sample that ships: what lies in it, where it comes from, and the command that makes it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from biomatch.synthesis import versions
from biomatch.synthesis.sample_listing import ENROL, NONE, PROBE, SampleParams, SamplePrint


def readme(prints: Sequence[SamplePrint], seed: int, params: SampleParams) -> str:
    """Writes the text of README.md, in Markdown."""
    return "\n".join(_lines(prints, seed, params)) + "\n"


def _lines(prints: Sequence[SamplePrint], seed: int, params: SampleParams) -> Iterator[str]:
    enrolled = [one for one in prints if one.role == ENROL]
    probes = [one for one in prints if one.role == PROBE]
    mated = sum(one.mate != NONE for one in probes)
    persons = len({one.person for one in enrolled})
    images = sum(one.path.endswith(".png") for one in enrolled)
    yield "# Sample prints"
    yield ""
    yield "Synthetic fingerprints: no living person's. Licence: CC0 1.0 (public domain), images, templates and manifest alike."
    yield ""
    yield "They are drawn: no print of a person was copied. But the generator that drew them was fitted to figures of prints"
    yield "of persons that were released for research: how ridges flow on 193 live-scan fingers (of which sets was not"
    yield "recorded), how prints lie, which greys and spectra sensors give (docs/research/synthesis.md). The templates"
    yield "follow the model `fingers`, whose card, models/fingers/card.toml, names the sets that it learned from, and"
    yield "their terms."
    yield ""
    yield f"- `enrol/`: {persons} persons, two fingers each: {images} images (three of each finger of {params.persons} persons)"
    yield f"  and {len(enrolled) - images} templates of the others (ISO/IEC 19794-2:2005, as `biomatch synth templates` makes"
    yield "  them; where a probe is of the finger, the true minutiae of a plain impression)"
    yield f"- `probe/`: {len(probes)} probes, {mated} of enrolled persons: plain, turned, dry, wet, dragged, partial, on other"
    yield f"  sensors, in ink, and {params.latents} latents, each as image and as marked minutiae (.ist);"
    yield f"  {len(probes) - mated} are of strangers"
    yield "- `card/`: a ten-print card of P01, whole (JPEG), and each of its boxes cut out: ten rolled, two thumbs, two slaps;"
    yield "  and all of them as an ANSI/NIST-ITL transaction (.an2, WSQ)"
    yield "- grey, 500 ppi, ridges dark; sensors: a glass prism, soft, compact and large optical ones, a capacitive chip, ink"
    yield ""
    yield "`manifest.csv`, a line a file: path, person, position (finger), impression (number), ppi, role (enrol, probe, card),"
    yield "mate (the enrolled person that a probe should find, or none), kind (what is special about it), set and finger (for"
    yield "`biomatch evaluate`), class of the pattern, number of true minutiae, seed, generator. `truth.json` holds for each"
    yield "image the true minutiae (x, y in px, degrees counter-clockwise from east, kind), cores, deltas, class and box of"
    yield "each finger."
    yield ""
    yield f"Made by this command (images by {versions.IMAGES}, templates by {versions.of_templates()}), again and again the"
    yield "same on one version of NumPy and OpenCV and one kind of CPU; elsewhere a few greys may be rounded the other way:"
    yield ""
    yield f"    biomatch synth sample --out sample_data --seed {seed}"
    yield ""
    yield "`biomatch demo` enrols the prints, searches the probes and says how many were right."
