"""The nouns and the rules: no I/O, no clock, no AWS."""
