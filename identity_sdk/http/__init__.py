"""One HTTP client per run: connections, retries, limits, credentials, words of error."""
