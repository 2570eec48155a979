"""Text from images: what is shown to a model, and what becomes of what it reads."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pytest
from chalicelib.documents.extracted import Extracted, PageSpan
from chalicelib.documents.extracting import Bounds, File, Shown, extract, shown
from chalicelib.documents.formats import IMAGE_BYTES, Format, declared_format
from chalicelib.documents.ingesting import Work, read
from chalicelib.documents.reading.picturing import MAX_PICTURES
from chalicelib.documents.scanning import OcrScanner
from chalicelib.documents.worker import Delivery, DocumentWorker
from chalicelib.errors import ModelRefused, NoText, RiffleError, Throttled, TooLarge, Unreadable
from chalicelib.models.ocr import BedrockOcr
from chalicelib.models.retrying import Backoff
from chalicelib.records import Document, DocumentStatus, SearchMode
from chalicelib.retrieval.search import Searcher
from chalicelib.stores.documents import utc_now

from tests.documents.cloud import LIMITS
from tests.documents.pictures import WEBPS, a_gif, a_jpeg, a_png, scanned, sized_png
from tests.documents.world import World, asked, notice
from tests.models.runtime import Reply, Runtime, said, serve

BOUNDS = Bounds(memory_bytes=700 * 1024 * 1024, seconds=10)


@dataclass
class Script:
    """Reads of each image what is written here, and remembers which they were."""

    replies: list[str | RiffleError]
    seen: list[str] = field(default_factory=list)

    def texts(self, images: Iterable[Shown]) -> Iterator[str]:
        for image in images:
            self.seen.append(image.name)
            reply = self.replies.pop(0)
            if isinstance(reply, RiffleError):
                raise reply
            yield reply


def images_of(name: str, data: bytes, known: tuple[int, ...] = ()) -> list[Shown]:
    return list(shown(File(data, name, declared_format(name, None)), known, BOUNDS))


def works(*files: tuple[str, bytes]) -> list[Work]:
    return [Work(document(name, len(data)), data) for name, data in files]


def document(name: str, size: int) -> Document:
    return Document(
        owner="ana", id=f"01{name}", name=name, collection="default", status=DocumentStatus.EXTRACTING,
        version=1, created_at=utc_now(), updated_at=utc_now(), bytes=size,
        content_type=declared_format(name, None).value,
    )  # fmt: skip


def read_with(script: Script, *files: tuple[str, bytes]) -> list[Extracted | Exception | None]:
    made = works(*files)
    read(made, BOUNDS, OcrScanner(script, BOUNDS))
    return [each.failure or each.extracted for each in made]


def pages_of(found: object) -> dict[int, str]:
    assert isinstance(found, Extracted), found
    return {each.number: found.text[each.start : each.end] for each in found.pages}


@pytest.mark.parametrize(
    ("name", "data", "media"),
    [("a.png", a_png(), "png"), ("a.JPG", a_jpeg(), "jpeg"), ("a.gif", a_gif(), "gif")]
    + [("a.webp", data, "webp") for data in WEBPS.values()],
)
def test_an_image_is_shown_as_it_is(name: str, data: bytes, media: str) -> None:
    assert images_of(name, data) == [Shown(1, media, data, f"page 1 of {name!r}")]  # type: ignore[arg-type]


def test_of_a_pdf_the_pages_that_are_images_are_drawn() -> None:
    found = images_of("a.pdf", scanned("words", None, "", None), known=(1,))
    assert [(each.page, each.media) for each in found] == [(2, "png"), (4, "png")]
    assert all(each.data[16:24] == (1500).to_bytes(4) + (2000).to_bytes(4) for each in found)


def test_many_pages_come_a_few_at_a_time_and_too_many_not_at_all() -> None:
    numbers = [each.page for each in images_of("a.pdf", scanned(*[None] * 19))]
    assert numbers == list(range(1, 20))
    with pytest.raises(TooLarge, match=r"'a.pdf' could not be read: 201 pages are images; .* at most 200"):
        images_of("a.pdf", scanned(*[None] * (MAX_PICTURES + 1)))


def test_a_page_of_one_shade_is_not_shown() -> None:
    assert images_of("a.pdf", scanned(None, pixels="80 80 80 80")) == []


def test_a_text_and_an_archive_have_no_images() -> None:
    assert images_of("a.txt", b"words") == []


def test_a_large_photograph_is_made_smaller() -> None:
    found = images_of("a.jpg", a_photograph(3_900_000))[0]
    assert (found.media, len(found.data) <= IMAGE_BYTES) == ("png", True)


def a_photograph(size: int) -> bytes:
    """The smallest that can be decoded, with comments to make it large."""
    smallest = bytes.fromhex(
        "ffd8ffdb004300" + "01" * 64 + "ffc0000b080010001001011100"
        "ffc4001f0000010501010101010100000000000000000102030405060708090a0b"
        "ffc400b5100002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c1"
        "1552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a535455565758595a63646566"
        "6768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3"
        "c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    )
    comments = b"".join(b"\xff\xfe\xff\xff" + bytes(65_533) for _ in range(size // 65_535 + 1))
    scan = b"\xff\xda\0\x08\1\1\0\0\x3f\0" + random.Random(1).randbytes(300).replace(b"\xff", b"\0")  # noqa: S311
    return smallest[:2] + comments + smallest[2:] + scan + b"\xff\xd9"


@pytest.mark.parametrize(
    ("name", "data", "error", "reason"),
    [
        ("a.png", sized_png(100_000, 100_000), TooLarge, "100000 x 100000 pixels; the limit is 8000"),
        ("a.jpg", a_jpeg(65_500, 65_500), TooLarge, "65500 x 65500 pixels"),
        ("a.png", sized_png(1, 1), NoText, "too few for a letter"),
        ("a.png", a_png()[:-12], Unreadable, "the PNG image is cut off"),
        ("a.png", a_png()[:20], Unreadable, "the PNG image is broken"),
        ("a.png", b"\x89PNG\r\n\x1a\nwhatever else", Unreadable, "the PNG image is broken"),
        ("a.jpg", a_jpeg()[:-2], Unreadable, "the JPEG image is cut off"),
        ("a.jpg", b"\xff\xd8\xff" * 9, Unreadable, "the JPEG image is broken"),
        ("a.gif", a_gif()[:-1], Unreadable, "the GIF image is cut off"),
        ("a.webp", WEBPS["lossy"][:-1], Unreadable, "the WEBP image is broken"),
        ("a.png", a_png() + bytes(IMAGE_BYTES), Unreadable, "cut off"),
        ("a.gif", a_gif()[:-1] + bytes(IMAGE_BYTES) + b";", TooLarge, "save it as JPEG"),
    ],
)
def test_a_hostile_image_fails_with_its_reason_and_is_shown_to_nobody(
    name: str, data: bytes, error: type[RiffleError], reason: str
) -> None:
    script = Script([])
    found = read_with(script, (name, data), ("b.txt", b"words after"))
    assert isinstance(found[0], error), found[0]
    assert isinstance(found[1], Extracted)
    assert reason in str(found[0])
    assert f"{name!r} could not be read" in str(found[0])
    assert script.seen == []


def test_broken_images_of_every_kind_end_as_failures_or_images() -> None:
    chance = random.Random(7)  # noqa: S311
    for name, whole in (("a.png", a_png()), ("a.jpg", a_jpeg()), ("a.webp", WEBPS["lossy"])):
        for _ in range(15):
            data = bytearray(whole)
            data[chance.randrange(4, len(data))] = chance.randrange(256)
            script = Script(["words"])
            assert isinstance(read_with(script, (name, bytes(data)))[0], Extracted | RiffleError)


def test_without_a_model_an_image_has_no_text_and_says_that_ocr_is_off() -> None:
    made = works(("a.png", a_png()), ("scan.pdf", scanned(None)))
    read(made, BOUNDS)
    for each in made:
        assert isinstance(each.failure, NoText)
        assert "NO_TEXT" in each.failure.message
        assert each.failure.message.endswith("reading text from images (OCR) is switched off")


def test_an_image_is_the_text_that_is_read_and_has_no_pages() -> None:
    found = read_with(Script(["# Menu\n\n| Dish | Price |\n|-|-|\n| Phở | 9 |"]), ("a.png", a_png()))[0]
    assert isinstance(found, Extracted)
    assert found.text == "Menu\n\nDish | Price\nPhở | 9"
    assert [each.level for each in found.headings] == [1]
    assert (len(found.tables), found.pages) == (1, ())


def test_a_name_that_hides_an_image_hides_it_from_nobody() -> None:
    found = read_with(Script(["seen"]), ("a.txt", a_png()))[0]
    assert isinstance(found, Extracted)
    assert found.text == "seen"


def test_pages_of_text_stay_and_scanned_ones_come_between_with_their_numbers() -> None:
    script = Script(["## Read by eye\n\nsecond", "fourth"])
    found = read_with(script, ("a.pdf", scanned("first words", None, "third words", None)))[0]
    assert pages_of(found) == {
        1: "first words", 2: "Read by eye\n\nsecond", 3: "third words", 4: "fourth"
    }  # fmt: skip
    assert script.seen == ["page 2 of 'a.pdf'", "page 4 of 'a.pdf'"]
    assert isinstance(found, Extracted)
    assert [found.text[each.start : each.end] for each in found.headings] == ["Read by eye"]


def test_headings_and_tables_of_pages_of_text_move_with_them() -> None:
    known = extract(b"# One\n\na\n\n| x | y |\n|-|-|\n| 1 | 2 |\n", "a.md", Format.MARKDOWN)
    halves = Extracted(
        known.text, (type_page(1, known.text, 0, 3), type_page(3, known.text, 5, None)),
        headings=known.headings, tables=known.tables,
    )  # fmt: skip
    found = OcrScanner(Script(["between"]), BOUNDS).complete(
        File(scanned("x", None), "a.pdf", Format.PDF), halves
    )
    assert found.text == "One\n\nbetween\n\na\n\nx | y\n1 | 2"
    assert [found.text[each.start : each.end] for each in found.headings] == ["One"]
    assert [found.text[each.start : each.end] for each in found.tables] == ["x | y\n1 | 2"]


def type_page(number: int, text: str, start: int, end: int | None) -> PageSpan:
    return PageSpan(number, start, len(text) if end is None else end)


def test_a_document_of_text_asks_no_model() -> None:
    script = Script([])
    files = [("a.pdf", scanned("words", "")), ("b.md", b"# Words"), ("c.docx", b"PK broken")]
    found = read_with(script, *files)
    assert [isinstance(each, Extracted) for each in found] == [True, True, False]
    assert isinstance(found[2], Unreadable)
    assert script.seen == []


def test_fences_round_the_whole_are_taken_away_and_odd_replies_are_text() -> None:
    found = read_with(
        Script(["```markdown\n# Head\n\nbody\n```", "%PDF-1.7 it says"]), ("a.pdf", scanned(None, None))
    )[0]
    assert pages_of(found) == {1: "Head\n\nbody", 2: "%PDF-1.7 it says"}


def test_images_without_text_are_no_text_and_take_none_away() -> None:
    empty, mixed = read_with(Script(["", " "]), ("a.png", a_png()), ("b.pdf", scanned("words", None)))
    assert isinstance(empty, NoText)
    assert empty.message == "'a.png' holds no text: NO_TEXT, and OCR found none in its images"
    assert pages_of(mixed) == {1: "words"}


def test_once_the_model_asks_to_wait_the_other_images_wait_unseen() -> None:
    script = Script([Throttled("slow down")])
    files = [("a.png", a_png()), ("b.png", a_png()), ("c.txt", b"words")]
    found = read_with(script, *files)
    assert [type(each) for each in found] == [Throttled, Throttled, Extracted]
    assert script.seen == ["page 1 of 'a.png'"]


def test_an_image_that_the_model_refuses_fails_alone() -> None:
    script = Script([ModelRefused("no"), "words"])
    found = read_with(script, ("a.png", a_png()), ("b.png", a_png()))
    assert [type(each) for each in found] == [ModelRefused, Extracted]


def test_no_page_is_begun_when_there_is_no_time() -> None:
    def check() -> None:
        raise Throttled("out of time")

    made, script = works(("a.png", a_png())), Script([])
    read(made, BOUNDS, OcrScanner(script, BOUNDS, check))
    assert isinstance(made[0].failure, Throttled)
    assert script.seen == []


# -- from an upload to a search, with Bedrock's wire protocol


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with serve() as made:
        yield made


def seeing(world: World, runtime: Runtime) -> DocumentWorker:
    """The world's worker, with a model that sees."""
    ocr = BedrockOcr(runtime.client, "amazon.nova-lite-v1:0", Backoff(attempts=1))
    return DocumentWorker(
        world.cloud.documents, world.cloud.blobs, world.index, world.embedder, world.subscribers,
        world.cloud.ingest_queue, LIMITS, ocr=ocr,
    )  # fmt: skip


def test_a_scan_is_found_by_its_words_and_on_its_page(world: World, runtime: Runtime) -> None:
    runtime.replies = [said("The harbour opens at dawn.")]
    document = world.uploaded("rules.pdf", scanned("Words of the first page.", None))
    seeing(world, runtime).handle(notice(document))
    assert (world.now(document).status, world.now(document).pages) == (DocumentStatus.READY, 2)
    found = Searcher(world.index, world.embedder).search(document.owner, "harbour", mode=SearchMode.TEXT)
    assert [(each.document_id, each.page) for each in found.passages] == [(document.id, 2)]


def test_an_image_waits_for_a_busy_model_and_goes_on_by_itself(world: World, runtime: Runtime) -> None:
    runtime.replies = [Reply(429, code="ThrottlingException"), said("The harbour opens at dawn.")]
    document, worker = world.uploaded("sign.png", a_png()), seeing(world, runtime)
    worker.handle(notice(document))
    waiting = world.now(document)
    assert (waiting.status, waiting.error and waiting.error.type) == (DocumentStatus.QUEUED, "Throttled")
    worker.handle(asked("ingest", document) | {"waits": 1}, fresh=True)
    assert world.now(document).status is DocumentStatus.READY


def test_what_failed_while_ocr_was_off_is_read_again_once_it_is_on(world: World, runtime: Runtime) -> None:
    failed = world.ingested("sign.png", a_png())
    assert failed.error is not None
    assert (failed.status, failed.error.type) == (DocumentStatus.FAILED, "NoText")
    assert "NO_TEXT" in failed.error.message
    assert runtime.requests == []
    runtime.replies = [said("The harbour opens at dawn.")]
    again = world.library.retry(failed.owner, failed.id)
    seeing(world, runtime).handle(asked("ingest", again))
    assert world.now(failed).status is DocumentStatus.READY


def test_images_that_there_is_no_time_for_are_left_to_another_worker(world: World, runtime: Runtime) -> None:
    document = world.uploaded("sign.png", a_png())
    worker = seeing(world, runtime)
    worker._clock = lambda: 9.0 if world.subscribers.seen else 0.0
    worker.handle_all([Delivery(notice(document))], until=5.0)
    assert world.now(document).status is DocumentStatus.QUEUED
    assert [each["documentId"] for each in world.cloud.messages() if "documentId" in each] == [document.id]
    assert runtime.requests == []
