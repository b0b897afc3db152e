"""The wire: one decorator for every endpoint, and each API's own envelope, errors, schemas."""
