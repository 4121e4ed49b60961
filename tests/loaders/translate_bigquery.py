"""How z3-target-bigquery translates schemas, without BigQuery.

Run by the loader's own Python. Standard input has Singer messages; the columns of each table, as
it would make them with `denormalized: true`, go to the file that the configuration names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    from target_bigquery.core import SchemaTranslator  # type: ignore[import-not-found]

    config = json.loads(Path(sys.argv[sys.argv.index("--config") + 1]).read_text())
    tables = {}
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "SCHEMA":
            fields = SchemaTranslator(message["schema"], {}).translated_schema_transformed
            tables[message["stream"]] = {field.name: field.field_type for field in fields}
    Path(config["path"]).write_text(json.dumps(tables))


if __name__ == "__main__":
    main()
