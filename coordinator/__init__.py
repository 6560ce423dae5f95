"""The application: store, planning, dispatch, report, command line. The only room that knows all the others.

It proposes and labs accept: a plan becomes offers, accepted offers become jobs (one run of one machine), jobs make
pieces.
"""
