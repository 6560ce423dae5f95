"""`python -m coordinator` is `fabcommons`."""

from coordinator.cli import main

main()
