"""No hub: networks tell each other what is public, as signed documents that travel over HTTPS or on a stick.

`commons.federation.canonical` gives the bytes that are signed, `commons.federation.documents` signs and checks,
`commons.federation.inbox` keeps what other networks said, in whatever order it came, `commons.federation.keys` makes a
key into words that people compare, and says how a network goes over to another key.
"""
