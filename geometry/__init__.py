"""Part files measured: extents, volume, cutting length, pierces; does a part fit, how many on a plate, how it looks.

`geometry.content` tells files that only look like parts. `geometry.part` measures one file of any kind (`mesh`, `solid`
and `drawing` are its kinds), `geometry.survey` many of them in processes, with a `geometry.cache`.
`geometry.thumbnail` shows them, `geometry.fit` compares them with a machine's envelope. All lengths are millimetres.
Nothing of a file is executed, and what is read is limited in size.
"""
