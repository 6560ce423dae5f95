"""A design repository, read: folder, zip or git -> files, manifest, licence."""
