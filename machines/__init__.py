"""What can be made by what: labs and machines, requirements, three-valued matching, first durations.

`network.read_network` reads labs from YAML, `matching.match` answers yes, no or unknown with reasons for one
requirement and one machine, `durations.estimate` says how long a run takes and where that figure comes from.
"""
