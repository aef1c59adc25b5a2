"""No foreign name gets past the sanitiser with anything harmful in it."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.core.photo.names import LONGEST_NAME_BYTES, safe_name

_ANY_NAME = st.text(st.characters(codec=None), max_size=300) | st.binary(max_size=300)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("portrait.jpg", "portrait.jpg"),
        ("Élodie à Paris (2).JPG", "Élodie à Paris (2).JPG"),
        ("写真.png", "写真.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\photos\\me.jpg", "me.jpg"),
        ("/absolute/me.jpg", "me.jpg"),
        ("..", "photo"),
        (".", "photo"),
        ("", "photo"),
        ("   ", "photo"),
        ("folder/", "photo"),
        ("a\0b.jpg", "ab.jpg"),
        ("a\nb\tc.jpg", "a b c.jpg"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("me\u200b.jpg", "me.jpg"),
        ("caf\u0065\u0301.jpg", "café.jpg"),
        ("bad\udc80name.jpg", "badname.jpg"),
        (b"caf\xe9.jpg", "caf_.jpg"),
        (b"caf\xc3\xa9.jpg", "café.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("-rf.jpg", "rf.jpg"),
        ("trailing. . ", "trailing"),
        ("CON", "_CON"),
        ("nul.jpg", "_nul.jpg"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.jpg", "console.jpg"),
        ('a<b>c:d"e|f?g*h.jpg', "a_b_c_d_e_f_g_h.jpg"),
    ],
)
def test_names_and_what_becomes_of_them(name: str | bytes, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_is_cut_between_characters_and_keeps_its_extension() -> None:
    cut = safe_name("é" * 500 + ".jpeg")
    assert cut.endswith("é.jpeg")
    assert LONGEST_NAME_BYTES - 1 <= len(cut.encode()) <= LONGEST_NAME_BYTES
    assert len(safe_name("a." + "b" * 500).encode()) <= LONGEST_NAME_BYTES


def test_the_default_can_be_chosen() -> None:
    assert safe_name("...", default="avatar") == "avatar"


@given(_ANY_NAME)
@example("\u0344\udc80\u0301.jpg")
@example("a" * 199 + " .jpg")
@example("CON" + " " * 300 + ".x")
def test_any_name_becomes_a_harmless_one(name: str | bytes) -> None:
    safe = safe_name(name)
    assert safe == os.path.basename(safe)
    assert safe not in ("", ".", "..")
    assert safe[0] not in ".- "
    assert safe[-1] not in ". "
    assert not set(safe) & set('/\\<>:"|?*\0')
    assert all(unicodedata.category(c)[0] != "C" for c in safe)
    assert 0 < len(safe.encode("utf-8")) <= LONGEST_NAME_BYTES
    assert safe_name(safe) == safe


@given(_ANY_NAME)
def test_a_file_of_that_name_stays_in_its_folder(name: str | bytes) -> None:
    assert (Path("/store") / safe_name(name)).resolve().parent == Path("/store")
