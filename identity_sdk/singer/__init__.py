"""Streams and runs on singer_sdk: the only room that knows it."""
