"""What a run does: one module per stage, small JSON in and out, rows only in files."""
