"""`python -m riffle` is the command line."""

from riffle.cli import main

main()
