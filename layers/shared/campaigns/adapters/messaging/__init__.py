"""The ways in which messages reach people: a channel is a module here, and a line in `registry`."""
