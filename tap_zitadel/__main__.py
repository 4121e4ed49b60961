"""`python -m tap_zitadel`."""

from tap_zitadel.tap import TapZitadel

TapZitadel.cli()
