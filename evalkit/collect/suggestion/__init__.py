"""A mapping proposed for an export: what each of its columns probably means."""
