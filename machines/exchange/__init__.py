"""Labs in other formats: Open Know-Where, the Open Hardware Manager's JSON, fablabs.io lists, and our own YAML.

`exchange.formats` knows them by name. Reading gives a labs document (`docs/labs.md`) and notes on what was not taken
up; writing gives a document and the losses, which are found by reading it back: nothing is dropped in silence.
"""
