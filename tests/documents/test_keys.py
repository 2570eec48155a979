"""Keys of a document's objects, there and back."""

import pytest
from chalicelib.documents.keys import UploadKey, parse_upload_key, text_key, upload_key, upload_prefix
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(NAMES, st.integers(1, 999))
def test_an_upload_key_tells_what_it_was_made_of(name: str, version: int) -> None:
    key = upload_key("ann", "D1", version, name)
    assert parse_upload_key(key) == UploadKey("ann", "D1", version, name)
    assert key.startswith(upload_prefix("ann", "D1"))


def test_a_long_name_is_shortened_in_the_key_and_keeps_its_suffix() -> None:
    key = upload_key("ann", "D1", 1, "ế" * 196 + ".pdf")
    assert len(key.encode()) < 1024
    parsed = parse_upload_key(key)
    assert parsed is not None
    assert parsed.name.endswith("ế.pdf")


def test_an_owner_cannot_reach_into_another_prefix() -> None:
    assert upload_prefix("../bob", "D1") == "uploads/..%2Fbob/D1/"


@pytest.mark.parametrize(
    "key",
    [
        "uploads/ann/D1/1/",
        "uploads/ann/D1/0/a",
        "uploads/ann/D1/x/a",
        "uploads/ann/D1/1/a/b",
        text_key("ann", "D1", 1),
    ],
)
def test_other_keys_are_no_uploads(key: str) -> None:
    assert parse_upload_key(key) is None
