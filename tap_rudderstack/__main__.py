"""`python -m tap_rudderstack`."""

from tap_rudderstack.tap import TapRudderStack

TapRudderStack.cli()
