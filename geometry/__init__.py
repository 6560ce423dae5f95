"""Part files measured: mesh and drawing -> extents, volume, cutting length; does a part fit, how many on a plate.

`geometry.content` tells files that only look like parts, `geometry.mesh` and `geometry.drawing` measure,
`geometry.fit` compares with a machine's envelope. All lengths are millimetres. Nothing of a file is executed, and what
is read is limited in size.
"""
