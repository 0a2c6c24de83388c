"""Readers of tables, one for each kind of file; all give the same ``Table``."""
