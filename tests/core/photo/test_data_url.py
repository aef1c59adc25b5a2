"""Base64 and data URLs, as careless senders write them."""

from __future__ import annotations

import base64
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import Rejected
from tasks.core.photo.data_url import decode_base64, decode_data_url, encode_data_url, is_data_url

_LIMIT = 1000


@given(st.binary(max_size=200))
def test_a_data_url_gives_back_what_went_in(data: bytes) -> None:
    url = encode_data_url(data, "image/png")
    assert is_data_url(url)
    assert decode_data_url(url, max_bytes=_LIMIT) == (data, "image/png")


@given(st.binary(max_size=200))
def test_every_dialect_of_base64_is_read(data: bytes) -> None:
    standard = base64.b64encode(data).decode()
    for text in (
        standard,
        standard.rstrip("="),
        base64.urlsafe_b64encode(data).decode(),
        base64.encodebytes(data).decode(),
        f"  {standard}\r\n",
    ):
        assert decode_base64(text, max_bytes=_LIMIT) == data


@given(st.binary(max_size=200))
def test_a_percent_encoded_payload_is_read(data: bytes) -> None:
    url = "data:image/png," + quote_from_bytes(data)
    assert decode_data_url(url, max_bytes=_LIMIT) == (data, "image/png")
    escaped = "DATA:image/png;charset=x;BASE64," + quote_from_bytes(base64.b64encode(data), safe="")
    assert decode_data_url(escaped, max_bytes=_LIMIT) == (data, "image/png")


def test_the_media_type_is_a_hint_that_may_be_absent() -> None:
    assert decode_data_url("data:;base64,AAAA", max_bytes=_LIMIT) == (bytes(3), None)
    assert decode_data_url("data:Image/JPEG;base64,AAAA", max_bytes=_LIMIT)[1] == "image/jpeg"


@pytest.mark.parametrize("text", ["A", "AAAAA", "A*AA", "AAAA=AAAA", "пять", "AA\0A", "\udc80AAA"])
def test_altered_base64_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        decode_base64(text, max_bytes=_LIMIT)
    assert caught.value.code == "photo.bad_base64"


def test_a_url_without_data_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        decode_data_url("data:image/png;base64", max_bytes=_LIMIT)
    assert caught.value.code == "photo.bad_data_url"


@pytest.mark.parametrize(
    "url",
    [
        encode_data_url(bytes(_LIMIT + 1), "image/png"),
        "data:," + "a" * (_LIMIT + 1),
        "data:," + "%00" * (_LIMIT + 1),
    ],
    ids=["base64", "plain", "percent"],
)
def test_the_size_is_bounded(url: str) -> None:
    with pytest.raises(Rejected) as caught:
        decode_data_url(url, max_bytes=_LIMIT)
    assert (caught.value.code, caught.value.limit) == ("photo.too_big_file", _LIMIT)
    assert decode_data_url(encode_data_url(bytes(_LIMIT), "image/png"), max_bytes=_LIMIT)
