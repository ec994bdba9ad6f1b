"""Settings of the site: `sphinx-build -W -n docs docs/_build/html` makes it of these pages, without any network."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent)]

import biomatch  # noqa: E402

project = "biomatch"
copyright = "the authors of biomatch, Apache-2.0"
version = release = biomatch.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "flowcharts", "repository"]
exclude_patterns = ["_build", "_extensions"]
highlight_language = "none"  # a block without a language is shown as it is
default_role = "literal"  # `name` in a docstring is code
smartquotes = False  # `--option` stays as it was written
myst_heading_anchors = 4

IN_SIGNATURES = {  # of `biomatch`, which imports nothing heavy: where the reference has these types
    "Comparison": "biomatch.comparison.Comparison",
    "Evaluation": "biomatch.evaluation.evaluation.Evaluation",
    "GreyImage": "biomatch.imaging.GreyImage",
    "OpenGallery": "biomatch.OpenGallery",
    "Template": "biomatch.template.Template",
    "Trace": "biomatch.observe.Trace",
}
IN_DOCSTRINGS = IN_SIGNATURES | {
    "Candidate": "biomatch.gallery.interface.Candidate",
    "EnrolledPrint": "biomatch.bureau.EnrolledPrint",
    "Search": "biomatch.gallery.interface.Search",
    "Verified": "biomatch.bureau.Verified",
}
MADE_BY_CALLERS = ("biomatch.gallery.local.LocalGallery", "biomatch.gallery.interface.Entry")
autodoc_type_aliases = IN_SIGNATURES
python_use_unqualified_type_names = True
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_aliases = IN_DOCSTRINGS
numpydoc_xref_ignore = {"of", "int", "list", "str", "tuple"}

nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!biomatch\.).*"),  # other projects' names: their inventories lie on the network
    # rooms whose names stand in a signature, and which a script has no business in
    ("py:class", r"biomatch\.(learned|descriptors|sealing|spare_cores|observe\.Progress|comparison\.comparer)\b.*"),
]

html_theme = "furo"
html_title = f"biomatch {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    def without_arguments(_app: Sphinx, what: str, name: str, *_: object) -> tuple[str, str] | None:
        """What comes back is not made by its reader: how it is made is no news."""
        return ("", "") if what == "class" and name not in MADE_BY_CALLERS else None

    app.connect("autodoc-process-signature", without_arguments)
