"""Snapshots are whole or not there, and a damaged one is never restored in silence."""

from pathlib import Path

import pytest

from localcloud.stack.snapshots import DamagedSnapshot, Snapshots


def save(snapshots: Snapshots, content: str) -> None:
    with snapshots.writing() as folder:
        (folder / "sqs.json").write_text(content)


def content(snapshots: Snapshots) -> str:
    folder = snapshots.newest()
    assert folder
    return (folder / "sqs.json").read_text()


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path / "state" / "snapshots")


def test_first_start_has_nothing_to_restore(snapshots: Snapshots) -> None:
    assert snapshots.newest() is None


def test_newest_snapshot_is_restored(snapshots: Snapshots) -> None:
    for number in range(12):
        save(snapshots, f"{number}")
    assert content(snapshots) == "11"


def test_failed_snapshot_leaves_the_one_before(snapshots: Snapshots) -> None:
    save(snapshots, "good")
    with pytest.raises(FileNotFoundError), snapshots.writing() as folder:
        (folder / "absent" / "sqs.json").write_text("half")
    assert content(snapshots) == "good"


def test_draft_of_a_killed_writer_is_not_a_snapshot(snapshots: Snapshots, tmp_path: Path) -> None:
    save(snapshots, "good")
    draft = tmp_path / "state" / "snapshots" / "draft-123"
    draft.mkdir()
    assert content(snapshots) == "good"
    snapshots.prune()
    assert not draft.exists()


def test_pruning_keeps_one_to_fall_back_on(snapshots: Snapshots) -> None:
    for number in range(5):
        save(snapshots, f"{number}")
    snapshots.prune()
    assert snapshots.numbers() == [4, 5]


@pytest.mark.parametrize("damage", ["", '{"half": '])
def test_damaged_file_is_named_with_the_two_ways_out(snapshots: Snapshots, damage: str) -> None:
    save(snapshots, "before")
    save(snapshots, "now")
    newest = snapshots.newest()
    assert newest
    (newest / "sqs.json").write_text(damage)
    with pytest.raises(DamagedSnapshot) as caught:
        snapshots.newest()
    assert f"Move {newest} away to start from the snapshot before it" in str(caught.value)
    assert f"move {newest.parents[1]} away" in str(caught.value)


def test_missing_file_and_missing_manifest_are_damage(snapshots: Snapshots) -> None:
    save(snapshots, "only")
    folder = snapshots.newest()
    assert folder
    (folder / "sqs.json").unlink()
    with pytest.raises(DamagedSnapshot, match=r"sqs\.json is not as it was saved"):
        snapshots.newest()
    (folder / "manifest.json").unlink()
    with pytest.raises(DamagedSnapshot, match="its manifest cannot be read"):
        snapshots.newest()
