"""The store pillar: one workspace on disk, a database beside a vault of immutable files."""

from evalkit.store.durable import DamagedError, MissingError
from evalkit.store.faults import NO_ROOM
from evalkit.store.holdings import Holdings
from evalkit.store.store import Store
from evalkit.store.vault import Vault

__all__ = ["NO_ROOM", "DamagedError", "Holdings", "MissingError", "Store", "Vault"]
