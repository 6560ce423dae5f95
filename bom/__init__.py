"""Bills of materials: whatever list a designer wrote becomes lines, and lines become a graph of tasks.

`bom.reader.read_bill` takes an open design to a `bom.bill.Bill`, `bom.graph.task_graph` takes the bill to `tasks`, and
`bom.document.bill_document` to plain data. In between, each step is a module: `candidates` finds files that may hold
the list, `sources` reads one (through `grids`, `headers`, `spreads`, `tables`, `texts`, `markdown`, `lists`,
`plainlists`, `sentences`, `spares`, `spoken`, `htmltables`, `ruledtables`, `workbooks`, `sheets`, `picks`, `datalists`,
`interactive`, `openscad`) into entries, `naming` puts loose names right, `manual` reads GitBuilding pages,
`choice` takes one list of several and `sisters` those that are one, `substitutes` stand in for
none (with `kicad`), `linking` finds part files, `judgement` says make or buy, `lines` concludes, `doubts`, `questions`,
`surroundings` and `prose` ask, `answering` takes in what the designer answered.
For the designer, `checking` finds what to put right, `difference` compares two designs part by part, `cleaning` writes
the bill again as one plain table and `okh` as an Open Know-How manifest.
The words of the field (headers, section titles, type codes, nouns, units) stand in `words.yaml`, not in the code.
"""
