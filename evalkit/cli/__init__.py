"""The terminal: parse, call one use case, show."""
