"""One HTTP client per run: connections, retries, rate limits, credentials, error messages."""
