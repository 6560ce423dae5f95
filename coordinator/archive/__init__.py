"""Everything that a coordinator knows, as files that any program can read: backup and restore, export and import.

The format stands in docs/export.md.
"""
