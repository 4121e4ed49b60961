"""A declarative source of airbyte-cdk: `airbyte.py URL STREAMS CONCURRENCY`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
)
from schemas import MEMBERS, ORGANIZATIONS, USERS

Part = dict[str, Any]


def requester(path: str) -> Part:
    return {
        "type": "HttpRequester",
        "url_base": "{{ config['base_url'] }}",
        "path": path,
        "http_method": "GET",
        "authenticator": {
            "type": "OAuthAuthenticator",
            "token_refresh_endpoint": "{{ config['base_url'] }}/oauth2/token",
            "client_id": "bench",
            "client_secret": "bench",
            "grant_type": "client_credentials",
        },
    }


PAGINATOR = {
    "type": "DefaultPaginator",
    "page_token_option": {
        "type": "RequestOption",
        "inject_into": "request_parameter",
        "field_name": "next_token",
    },
    "page_size_option": {
        "type": "RequestOption",
        "inject_into": "request_parameter",
        "field_name": "page_size",
    },
    "pagination_strategy": {
        "type": "CursorPagination",
        "cursor_value": "{{ response.get('next_token') }}",
        "stop_condition": "{{ not response.get('next_token') }}",
        "page_size": 500,
    },
}


def stream(name: str, keys: list[str], path: str, schema: Part, router: Part | None = None) -> Part:
    retriever = {
        "type": "SimpleRetriever",
        "requester": requester(path),
        "paginator": PAGINATOR,
        "record_selector": {
            "type": "RecordSelector",
            "extractor": {"type": "DpathExtractor", "field_path": [name]},
        },
    }
    made = {
        "type": "DeclarativeStream",
        "name": name,
        "primary_key": keys,
        "schema_loader": {"type": "InlineSchemaLoader", "schema": schema},
        "retriever": retriever,
    }
    if router is None:
        return made
    code = "{{ stream_partition['org_code'] }}"
    field = {"type": "AddedFieldDefinition", "path": ["org_code"], "value": code}
    retriever["partition_router"] = router
    return {**made, "transformations": [{"type": "AddFields", "fields": [field]}]}


def streams() -> list[Part]:
    organizations = stream("organizations", ["code"], "/api/v1/organizations", ORGANIZATIONS)
    parent = {
        "type": "ParentStreamConfig",
        "parent_key": "code",
        "partition_field": "org_code",
        "stream": organizations,
    }
    router = {"type": "SubstreamPartitionRouter", "parent_stream_configs": [parent]}
    path = "/api/v1/organizations/{{ stream_partition['org_code'] }}/users"
    return [
        stream("users", ["id"], "/api/v1/users", USERS),
        organizations,
        stream("organization_users", ["org_code", "id"], path, MEMBERS, router),
    ]


def main(url: str, wanted: str, concurrency: str) -> None:
    """Read all records of the streams."""
    made = [each for each in streams() if each["name"] in wanted.split(",")]
    manifest = {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["users"]},
        "concurrency_level": {
            "type": "ConcurrencyLevel",
            "default_concurrency": int(concurrency),
            "max_concurrency": 40,
        },
        "streams": made,
        "spec": {
            "type": "Spec",
            "connection_specification": {"type": "object", "additionalProperties": True},
        },
    }
    config = {"base_url": url}
    catalog = {"streams": [configured(each) for each in made]}
    source = ConcurrentDeclarativeSource(
        catalog=ConfiguredAirbyteCatalogSerializer.load(catalog),
        config=config,
        state=None,
        source_config=manifest,
    )
    with tempfile.TemporaryDirectory() as folder:
        files = {"config": config, "catalog": catalog}
        for name, content in files.items():
            Path(folder, name).write_text(json.dumps(content))
        places = [word for name in files for word in (f"--{name}", str(Path(folder, name)))]
        launch(source, ["read", *places])


def configured(each: Part) -> Part:
    return {
        "stream": {
            "name": each["name"],
            "json_schema": each["schema_loader"]["schema"],
            "supported_sync_modes": ["full_refresh"],
        },
        "sync_mode": "full_refresh",
        "destination_sync_mode": "overwrite",
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
