"""Templates in a small part of Jinja's language, and amounts and dates as a locale spells them."""
