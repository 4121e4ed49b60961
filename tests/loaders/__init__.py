"""The taps' default streams, loaded by the loaders that one can install: docs/loaders.md."""
