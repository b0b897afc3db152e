"""The campaign service: one core, six APIs, one way to run a campaign."""
