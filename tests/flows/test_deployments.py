"""prefect.yaml: every flow has a deployment, and every deployment a flow."""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.flows import load_flow_from_entrypoint

import flows

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text())


def all_flows() -> dict[str, Flow[..., Any]]:
    modules = [
        importlib.import_module(m.name) for m in pkgutil.iter_modules(flows.__path__, "flows.")
    ]
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Flow) and value.fn.__module__ == module.__name__
    }


def test_every_flow_has_a_deployment() -> None:
    assert {d["entrypoint"] for d in PROJECT["deployments"]} == set(all_flows())


@pytest.mark.parametrize("deployment", PROJECT["deployments"], ids=lambda d: d["name"])
def test_every_deployment_loads(deployment: dict[str, Any]) -> None:
    loaded = load_flow_from_entrypoint(deployment["entrypoint"])
    assert loaded.name == all_flows()[deployment["entrypoint"]].name
    assert loaded.isasync


def test_nothing_is_pulled() -> None:
    assert PROJECT["pull"] == []


def test_prefect_takes_them(prefect_server: str) -> None:
    environment = {
        **os.environ, "PREFECT_API_URL": prefect_server, "PREFECT_LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    for command in (
        ["work-pool", "create", "interactive", "--type", "process", "--overwrite"],
        ["--no-prompt", "deploy", "--all"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "prefect", *command],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    async def deployed() -> Any:
        async with get_client() as client:
            return await client.read_deployment_by_name("build_avatar/interactive")

    found = asyncio.run(deployed())
    assert found.entrypoint == "flows.avatar.build_avatar"
    schema = found.parameter_openapi_schema
    request = schema["definitions"]["BuildAvatarRequest"]["properties"]
    assert request["skin"]["default"] == 2048
    assert "photos" in request
