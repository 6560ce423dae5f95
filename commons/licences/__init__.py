"""Licences that act: what a design's licence asks of a maker, for a purpose, in one plain sentence and by clause.

`commons.licences.table` holds what each licence asks, `commons.licences.advice` answers for one maker and one purpose,
`commons.licences.mixture` looks at a whole with its parts, `commons.licences.notices` says what a label carries. It is
our own reading and no legal advice; every answer names the clause that it rests on.
"""
