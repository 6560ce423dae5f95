"""The economy of the commons: licences' obligations, contributions, benefit formulas. Nothing of it is written yet."""
