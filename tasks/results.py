"""Where results lie between stages: files by cache key, written whole or not at all.

Prefect stores a result and its key record apart when a cache policy names a key storage; the
result then is our container as it is, without base64 or JSON around it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar

from prefect.blocks.core import Block
from prefect.filesystems import WritableFileSystem
from prefect.serializers import Serializer
from pydantic import Field, PrivateAttr

from tasks.core.arrays import ArraysError, pack, unpack, verify
from tasks.core.errors import EngineMissing, Rejected
from tasks.store.files import write_whole

_ERROR_MARK = "likeness.error"


class CacheUnreadableError(RuntimeError):
    """A result that was stored cannot be read back: lost or damaged. Computing it anew heals it."""


class ArraySerializer(Serializer):
    """Entities of the core to bytes and back, without pickle; errors as their words."""

    type: str = Field(default="likeness/arrays", frozen=True)

    def dumps(self, obj: Any) -> bytes:
        """Raises `ArraysError` where the value has no place in the container."""
        return pack(_error_to_dict(obj) if isinstance(obj, BaseException) else obj)

    def loads(self, blob: bytes) -> Any:
        """Raises `ArraysError` where the bytes are damaged or not ours."""
        value = unpack(blob)
        if isinstance(value, dict) and _ERROR_MARK in value:
            return _error_from_dict(value)
        return value


class ResultFiles(WritableFileSystem):
    """Result files in a folder, or in any storage block of Prefect's.

    suffix: appended to every key, so that results and their key records can share one storage.
    checked: contents are our containers, and are verified on reading.
    """

    _block_type_name: ClassVar[str | None] = "Likeness result files"
    _block_type_slug: ClassVar[str | None] = "likeness-result-files"

    folder: Path | None = Field(default=None, description="A local folder.")
    block: str | None = Field(
        default=None, description="A saved storage block instead, such as `s3-bucket/results`."
    )
    suffix: str = Field(default="", description="Appended to every key.")
    checked: bool = Field(default=False, description="Verify the container on reading.")

    _loaded: Any = PrivateAttr(default=None)

    def _resolve_path(self, path: str) -> None:
        # Tells Prefect that keys are not paths of this machine, so that a record written here
        # can be read from another one.
        return None

    async def aread_path(self, path: str) -> bytes:
        """The bytes under a key.

        Raises:
            CacheUnreadableError: there are none, or they are damaged.
        """
        try:
            if self.block is not None:
                data = await (await self._remote()).read_path(path + self.suffix)
            else:
                data = await asyncio.to_thread(self._path(path).read_bytes)
            if self.checked:
                await asyncio.to_thread(verify, data)
        except (ArraysError, FileNotFoundError) as error:
            raise CacheUnreadableError(f"cached result {path}: {error}") from error
        except Exception as error:
            # Storage blocks each have their own errors; to the cache all mean the same.
            raise CacheUnreadableError(f"cached result {path}: {error!r}") from error
        return bytes(data)

    async def awrite_path(self, path: str, content: bytes) -> str:
        """Store bytes under a key, whole or not at all."""
        if self.block is not None:
            await (await self._remote()).write_path(path + self.suffix, content)
        else:
            await asyncio.to_thread(write_whole, self._path(path), content)
        return path

    async def read_path(self, path: str) -> bytes:
        """As `aread_path`."""
        return await self.aread_path(path)

    async def write_path(self, path: str, content: bytes) -> None:
        """As `awrite_path`."""
        await self.awrite_path(path, content)

    def _path(self, key: str) -> Path:
        if self.folder is None:
            raise ValueError("ResultFiles needs a folder or a block")
        return self.folder.expanduser() / (key + self.suffix)

    async def _remote(self) -> Any:
        if self._loaded is None:
            assert self.block is not None
            self._loaded = await Block.aload(self.block)
        return self._loaded


def _error_to_dict(error: BaseException) -> dict[str, Any]:
    words: dict[str, Any] = {_ERROR_MARK: type(error).__name__, "message": str(error)}
    if isinstance(error, Rejected):
        words.update(code=error.code, sentence=error.sentence)
        words.update(measured=error.measured, limit=error.limit)
    elif isinstance(error, EngineMissing):
        words.update(code=error.code, sentence=error.sentence)
    return words


def _error_from_dict(words: dict[str, Any]) -> BaseException:
    if words[_ERROR_MARK] == "Rejected":
        return Rejected(
            words["code"], words["sentence"], measured=words["measured"], limit=words["limit"]
        )
    if words[_ERROR_MARK] == "EngineMissing":
        return EngineMissing(words["code"], words["sentence"])
    # The class is not looked up by name: stored bytes choose no code to run.
    return RuntimeError(f"{words[_ERROR_MARK]}: {words['message']}")
