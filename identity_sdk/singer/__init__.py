"""Streams and runs, built on singer_sdk: the only room that imports it."""
