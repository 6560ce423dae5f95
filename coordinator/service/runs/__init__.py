"""Jobs in the hands of agents and of people: queued, leased, started, ended."""
