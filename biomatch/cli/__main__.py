"""`python -m biomatch.cli`: the same as the command `biomatch`."""

from biomatch.cli import main

main()
