"""Stage results in an S3 bucket: one setting, through Prefect's own block."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from prefect_aws import AwsClientParameters, AwsCredentials, S3Bucket

from tests.flows.standins import StandIns
from tests.flows.test_avatar import ALL_STAGES, build

BUCKET = "likeness-results"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An S3 endpoint with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client(address).create_bucket(Bucket=BUCKET)
    yield address
    server.stop()


def client(endpoint: str) -> Any:
    """boto3's S3 client, whose type is made at run time."""
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip


@pytest.fixture
def bucket(home: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The bucket as a saved block, named by the setting."""

    async def save() -> None:
        credentials = AwsCredentials(
            aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1",
            aws_client_parameters=AwsClientParameters(endpoint_url=endpoint),
        )  # fmt: skip
        await S3Bucket(bucket_name=BUCKET, bucket_folder="stages", credentials=credentials).save(
            "likeness-test", overwrite=True
        )

    asyncio.run(save())
    monkeypatch.setenv("LIKENESS_RESULT_STORAGE", "s3-bucket/likeness-test")
    return BUCKET


def test_results_lie_in_the_bucket_and_are_taken_from_it(
    home: Path, core: StandIns, bucket: str, endpoint: str
) -> None:
    build()
    assert core.take() == dict.fromkeys(ALL_STAGES, 1)
    found = client(endpoint).list_objects_v2(Bucket=bucket)["Contents"]
    names = {entry["Key"] for entry in found}
    assert len(names) == 2 * len(ALL_STAGES)
    assert all(name.startswith("stages/") for name in names)
    assert not (home / "cache" / "results").exists()
    build()
    assert core.take() == {}


def test_what_was_lost_in_the_bucket_is_computed_anew(
    home: Path, core: StandIns, bucket: str, endpoint: str
) -> None:
    build(height_cm=190)
    core.take()
    s3 = client(endpoint)
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix="stages/fit_body/")["Contents"]:
        if not entry["Key"].endswith(".key"):
            s3.put_object(Bucket=bucket, Key=entry["Key"], Body=b"torn")
    build(height_cm=190)
    assert core.take() == {"fit_body": 1}
