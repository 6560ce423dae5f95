"""A design repository, read: folder, zip or tar archive or git repository -> files, manifest, licence, findings.

``with open_design("https://example.org/lamp.git", revision="v1.2") as design: ...`` (`designs.source`) gives a `Design`
(`designs.design`), whose files stay readable until the block ends. Nothing of a design is executed, what is read is
limited (`designs.limits`), and what was unpacked or fetched is removed on every way out.

`designs.dialects` lists the manifests that are read, `designs.licensing` tells the licences of the whole tree as SPDX
expressions (`designs.spdx`), `designs.writing` writes TOML and YAML that read back the same.

What is odd about a design's files (an empty mesh, a Git LFS pointer, a broken manifest, an absent submodule) becomes a
finding of the design; only what leaves no design to speak of is an error.
"""
