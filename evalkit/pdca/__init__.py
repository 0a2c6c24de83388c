"""PDCA cycles: what is logged, and how complete it is."""
