"""How a listing is read whole and proven: no Singer, no HTTP, no input or output."""
