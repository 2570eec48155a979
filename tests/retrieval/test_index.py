"""The index on a temporary path: replacing, deleting, isolation, races."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from chalicelib.errors import Superseded, Unavailable
from chalicelib.records import Document, Filter
from chalicelib.retrieval.index import TABLE, Indexed, PassageIndex, storage_options
from chalicelib.retrieval.index.passages import SCATTERED
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words

from tests.retrieval.conftest import DIMENSIONS, START, HashingEmbedder, a_document, passages_of, put

EMBEDDER = HashingEmbedder()
PRODUCT = Path(__file__).parents[2] / "chalice_app"


def texts(index: PassageIndex, owner: str, question: str) -> list[str]:
    return [each.text for each in index.matching(Scope(owner), words(question), 10)]


def test_an_empty_index_answers_with_nothing(index: PassageIndex) -> None:
    assert index.nearest(Scope("ann"), [1.0] * DIMENSIONS, 5) == []
    assert index.matching(Scope("ann"), words("anything"), 5) == []
    assert index.documents() == []
    index.delete("ann", "D1")
    index.maintain()


def test_passages_come_back_as_they_were_put(index: PassageIndex) -> None:
    put(index, a_document(), "the moon is far", "bread is baked")
    found = index.nearest(Scope("ann"), EMBEDDER.query("the moon is far"), 1)[0]
    assert (found.id, found.document_name, found.version, found.page) == ("D1.1.0", "D1.txt", 1, None)
    assert (found.text, found.start, found.end) == ("the moon is far", 0, 15)
    assert found.score == pytest.approx(1, abs=1e-5)


def test_a_new_version_takes_the_place_of_the_old_one(index: PassageIndex) -> None:
    put(index, a_document(), "old one", "old two", "old three")
    put(index, a_document(document_id="D2"), "old neighbour")
    put(index, a_document(version=2), "new one")
    assert set(texts(index, "ann", "old new")) == {"new one", "old neighbour"}
    assert index.count(Scope.of_document("ann", "D1")) == 1


def test_putting_a_version_twice_leaves_it_once(index: PassageIndex) -> None:
    put(index, a_document(), "one", "two")
    put(index, a_document(), "one", "two")
    assert index.count(Scope("ann")) == 2


def test_an_old_version_never_replaces_a_newer_one(index: PassageIndex) -> None:
    put(index, a_document(version=2), "new")
    with pytest.raises(Superseded, match="newer version than 1"):
        put(index, a_document(version=1), "old")
    assert texts(index, "ann", "old new") == ["new"]


def test_two_owners_with_the_same_document_id_are_apart(index: PassageIndex) -> None:
    put(index, a_document("ann", "A"), "shared words of ann")
    put(index, a_document("bob", "B"), "shared words of bob")
    index.delete("ann", "B")
    assert texts(index, "ann", "shared") == ["shared words of ann"]
    assert texts(index, "bob", "shared") == ["shared words of bob"]


@pytest.mark.parametrize(
    "owner", ["o'brien", "a' OR '1'='1", 'a"b', "a\\", "a\\' OR 1=1 --", "ă;--", "%", "\x00'"]
)
def test_an_owner_with_special_characters_finds_his_own_only(index: PassageIndex, owner: str) -> None:
    put(index, a_document(), "secret of ann")
    put(index, a_document(owner, "D9'"), "secret of another")
    assert texts(index, owner, "secret") == ["secret of another"]
    index.delete(owner, "D9'")
    assert index.count(Scope(owner)) == 0
    assert index.count(Scope("ann")) == 1


def test_collection_and_documents_narrow_a_search(index: PassageIndex) -> None:
    put(index, a_document(document_id="D1"), "word one")
    put(index, a_document(document_id="D2", collection="letters"), "word two")
    narrowed = [Filter(collection="letters"), Filter(document_ids=("D2", "D404"))]
    for within in narrowed:
        scope = Scope("ann", within)
        assert [each.text for each in index.matching(scope, words("word"), 9)] == ["word two"]
        assert [each.text for each in index.nearest(scope, EMBEDDER.query("word"), 9)] == ["word two"]
    assert index.matching(Scope("ann", Filter("letters", ("D1",))), words("word"), 9) == []


def described(document_id: str, name: str, kind: str, created: datetime) -> Document:
    document = a_document(document_id=document_id)
    return replace(document, name=name, content_type=kind, created_at=created)


@pytest.mark.parametrize("year", ["0001", "0999", "1600", "9999"])
def test_the_first_and_the_last_year_there_are_narrow_as_others_do(index: PassageIndex, year: str) -> None:
    put(index, a_document(), "sun")
    moment = datetime.fromisoformat(f"{year}-01-01T00:00:00Z")
    assert index.count(Scope("ann", Filter(created_after=moment))) == (year != "9999")
    assert index.count(Scope("ann", Filter(created_before=moment))) == (year == "9999")


@pytest.mark.parametrize(
    "within",
    [
        Filter(names=("Tie\u0302\u0301ng VIỆT.pdf", "other.txt")),
        Filter(content_types=("application/pdf",)),
        Filter(languages=("vi", "th")),
        Filter(created_after=START),
        Filter(created_after=START, created_before=START + timedelta(seconds=2), languages=("vi",)),
    ],
)
def test_name_type_date_and_language_narrow_a_search(index: PassageIndex, within: Filter) -> None:
    old = described("D1", "bread's.txt", "text/plain", START)
    new = described("D2", "tiếng việt.PDF", "application/pdf", START + timedelta(seconds=1))
    put(index, old, "word one")
    [passage] = passages_of(new, ["word two"])
    index.replace(new, [replace(passage, language="vi")], EMBEDDER.passages(["word two"]))
    scope = Scope("ann", within)
    assert [each.text for each in index.matching(scope, words("word"), 9)] == ["word two"]
    assert [each.text for each in index.nearest(scope, EMBEDDER.query("word"), 9)] == ["word two"]
    assert index.count(scope) == 1


def test_exact_diacritics_rank_first_and_words_without_them_still_find(index: PassageIndex) -> None:
    put(index, a_document(), "nhưng tai lieu", "nhúng tài liệu", "đường sắt", "ăn nó ít tô ôn bị")
    assert texts(index, "ann", "nhúng tài liệu")[0] == "nhúng tài liệu"
    assert set(texts(index, "ann", "nhung tai lieu")) == {"nhúng tài liệu", "nhưng tai lieu"}
    assert texts(index, "ann", "DUONG sat") == ["đường sắt"]
    for word in ("ăn", "nó", "ít", "tô", "ôn", "bị", "an"):
        assert texts(index, "ann", word) == ["ăn nó ít tô ôn bị"]


def test_text_without_spaces_between_words_is_found(index: PassageIndex) -> None:
    put(index, a_document(), "中文测试文件", "日本語の文書")
    assert texts(index, "ann", "测试") == ["中文测试文件"]


@pytest.mark.parametrize(
    "question", ['"', 'moon" OR (', "+-*~^", "\\", "moon AND", "moon:*", "(((", "'; --", "?" * 500]
)
def test_special_characters_in_a_question_do_no_harm(index: PassageIndex, question: str) -> None:
    put(index, a_document(), "the moon", "bread")
    assert texts(index, "ann", question) in ([], ["the moon"])


def test_a_warm_reader_sees_what_another_wrote_and_deleted(tmp_path: Path, index: PassageIndex) -> None:
    writer = PassageIndex(str(tmp_path / "index"), DIMENSIONS)
    assert texts(index, "ann", "moon") == []
    put(writer, a_document(), "the moon")
    assert texts(index, "ann", "moon") == ["the moon"]
    writer.delete("ann", "D1")
    assert texts(index, "ann", "moon") == []
    assert index.nearest(Scope("ann"), EMBEDDER.query("moon"), 5) == []


def test_upkeep_changes_no_answer(index: PassageIndex) -> None:
    for number in range(12):
        put(index, a_document(document_id=f"D{number}"), f"moon {number}")
    index.delete("ann", "D3")
    index.maintain()
    put(index, a_document(document_id="D99"), "moon 99")
    assert len(index.matching(Scope("ann"), words("moon"), 50)) == 12
    assert len(index.nearest(Scope("ann"), EMBEDDER.query("moon"), 50)) == 12


def test_many_small_commits_are_compacted_and_change_no_answer(tmp_path: Path, index: PassageIndex) -> None:
    for number in range(SCATTERED):
        put(index, a_document(document_id=f"D{number}"), f"moon {number}")
        index.tidy()
    files = list((tmp_path / "index" / f"{TABLE}.lance" / "data").glob("*.lance"))
    assert len(files) > SCATTERED  # those of the commits, and the one they were put together in
    assert len(index.matching(Scope("ann"), words("moon"), 50)) == SCATTERED


def test_the_documents_of_all_owners_are_counted(index: PassageIndex) -> None:
    put(index, a_document("ann", "D1", 2, "letters"), *(f"text {n}" for n in range(30)))
    put(index, a_document("bob", "D2"), "text")
    assert sorted(index.documents(), key=lambda each: each.owner) == [
        Indexed("ann", "D1", 2, "letters", "D1.txt", 30), Indexed("bob", "D2", 1, "default", "D2.txt", 1),
    ]  # fmt: skip


WRITER = """
import sys
import chalicelib.retrieval.index.passages
from chalicelib.retrieval.index import PassageIndex
from tests.retrieval.conftest import DIMENSIONS, a_document, put
chalicelib.retrieval.index.passages.SCATTERED = 2
index = PassageIndex(sys.argv[1], DIMENSIONS)
for number in range(4):
    put(index, a_document(document_id=f"{sys.argv[2]}-{number}"), "moon one", "moon two")
    put(index, a_document(document_id=f"shared-{number}"), "moon one", "moon two")
    index.tidy()
"""


def test_processes_that_start_and_write_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    uri = str(tmp_path / "index")
    paths = {"PYTHONPATH": f"{PRODUCT}:{PRODUCT.parent}"}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, uri, f"w{n}"], env=paths) for n in range(3)]
    assert [each.wait(60) for each in writers] == [0, 0, 0]
    index = PassageIndex(uri, DIMENSIONS)
    counts = {each.document_id: each.passages for each in index.documents()}
    assert len(counts) == 3 * 4 + 4
    assert set(counts.values()) == {2}
    assert len(index.matching(Scope("ann"), words("moon"), 99)) == 32


def test_storage_out_of_reach_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="index of passages"):
        PassageIndex(str(tmp_path / "file"), DIMENSIONS).count(Scope("ann"))


def test_storage_options_are_read_as_boto3_reads_them() -> None:
    assert storage_options({}) == {}
    local = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_DEFAULT_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "k",
    }
    assert storage_options(local) == {
        "aws_endpoint": "http://127.0.0.1:1", "allow_http": "true",
        "aws_region": "eu-north-1", "aws_access_key_id": "k",
    }  # fmt: skip
    assert (
        storage_options({**local, "AWS_ENDPOINT_URL_S3": "https://s3.test"})["aws_endpoint"]
        == "https://s3.test"
    )
    assert "allow_http" not in storage_options({"AWS_ENDPOINT_URL": "https://s3.test"})


def test_nothing_heavy_is_imported_before_first_use() -> None:
    code = "import sys, chalicelib.retrieval.search, chalicelib.retrieval.index as i; i.PassageIndex('x', 3)"
    code += "; sys.exit(any(name in sys.modules for name in ('lancedb', 'pyarrow')))"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(PRODUCT)}, check=True)


def test_questions_to_one_view_are_answered_from_one_version(index: PassageIndex, tmp_path: Path) -> None:
    put(index, a_document(), "the moon is far")
    before = index.view()
    PassageIndex(str(tmp_path / "index"), DIMENSIONS).delete("ann", "D1")
    assert before.matching(Scope("ann"), words("moon"), 5)
    assert before.nearest(Scope("ann"), EMBEDDER.query("moon"), 5)
    assert not index.view().matching(Scope("ann"), words("moon"), 5)


def test_a_search_by_words_finds_few_files_that_its_index_does_not_know(index: PassageIndex) -> None:
    unknown = []
    for number in range(3 * SCATTERED):
        put(index, a_document(document_id=f"D{number}"), f"moon {number}")
        index.tidy()
        unknown.append(max(each.unindexed for each in index.figures().indexes))
    assert max(unknown) <= 3
