"""Reading a listing completely, with evidence. No Singer, no HTTP, no I/O."""
