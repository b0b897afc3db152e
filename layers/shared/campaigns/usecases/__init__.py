"""The verbs with more than one step."""
