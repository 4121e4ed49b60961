"""What the make targets run."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
DEMO = ROOT / ".demo"
"""Where the demo keeps its database, and its review."""
