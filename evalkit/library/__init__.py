"""Loaders of the files people write and of the files that ship with evalkit."""
