"""What a run proved."""
