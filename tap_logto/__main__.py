"""`python -m tap_logto`."""

from tap_logto.tap import TapLogto

TapLogto.cli()
