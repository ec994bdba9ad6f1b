"""Settings of the site: `sphinx-build -W -n docs docs/_build/html` makes it of these pages, without any network."""

from __future__ import annotations

import sys
from pathlib import Path

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
smartquotes = False  # `--option` stays as it was written
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!biomatch\.).*")]  # other projects' names: their inventories lie on the network

myst_heading_anchors = 4

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = f"biomatch {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
