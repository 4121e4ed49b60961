"""Values, and the form in which they are emitted."""
