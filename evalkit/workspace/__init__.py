"""The beam: one module per use case. The only room that calls hooks and knows all pillars."""
