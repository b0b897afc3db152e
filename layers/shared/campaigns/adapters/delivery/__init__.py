"""Taking a finished file to where it belongs."""
