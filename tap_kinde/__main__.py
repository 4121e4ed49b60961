"""`python -m tap_kinde`."""

from tap_kinde.tap import TapKinde

TapKinde.cli()
