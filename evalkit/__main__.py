"""``python -m evalkit``."""

from evalkit.cli.main import main

main()
