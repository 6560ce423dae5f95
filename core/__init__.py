"""The words that every room speaks: clock, errors, hashes, provenance, questions, process and material trees.

`core` stands on nothing but the standard library and PyYAML. Import from its modules, as in
`from core.errors import InputError`.
"""
