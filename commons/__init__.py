"""The economy of the commons: licences, flows, contributions, benefits, credit, decisions, federation."""
