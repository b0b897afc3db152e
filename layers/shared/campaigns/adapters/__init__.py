"""The ports for real: how AWS, Redash and SFTP servers are spoken to."""
