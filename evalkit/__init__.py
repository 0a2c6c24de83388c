"""evalkit: evaluation protocols for school-innovation grants."""

__version__ = "0.1.0"
