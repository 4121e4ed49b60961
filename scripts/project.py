"""What the package says of the project (pyproject.toml), and what the README says because of it."""

from __future__ import annotations

from importlib.metadata import metadata

LINKS = dict(link.split(", ") for link in metadata("identity-taps").get_all("Project-URL", []))
"""The links that an index shows, by their labels."""

HOME = LINKS["Homepage"]
"""The address of the repository."""

DEFINITIONS = f"{HOME}/raw/main/hub"
"""Where the definitions for Meltano are."""

OWN_PROJECT = f"""\
```
meltano init --no-usage-stats access && cd access
meltano add --plugin-type extractor --from-ref {DEFINITIONS}/tap-logto.yml tap-logto
meltano add target-postgres
meltano config set tap-logto base_url https://TENANT-ID.logto.app
meltano config set tap-logto client_id APP-ID
meltano config set tap-logto client_secret APP-SECRET
meltano config set target-postgres sqlalchemy_url postgresql+psycopg://USER:PASSWORD@HOST/DATABASE
meltano config set target-postgres default_target_schema '$MELTANO_EXTRACT__LOAD_SCHEMA'
meltano config test tap-logto
meltano run tap-logto target-postgres
```"""
"""How a tap is added to a project of one's own."""
