"""The ground: what the words mean. Frozen models, no I/O."""
