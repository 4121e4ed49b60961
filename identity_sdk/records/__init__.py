"""Values, and the form in which they reach a warehouse."""
