"""The functions as `sam build` leaves them, run by Lambda's own runtime on their sample events."""
