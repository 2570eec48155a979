"""What the page shows of documents beyond their names: versions, same names, passages and their ranks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import file, row, sign_in
from tests.flows.cloud import Cloud
from tests.flows.documents import ready

pytestmark = pytest.mark.browser

FIRST = "# Lamp\n\nThe lamp of the lighthouse burned whale oil until 1911.\n"
SECOND = "# Lamp\n\nThe lamp of the lighthouse burned petroleum until 1923.\n"


@pytest.fixture
def reader(page: Page, cloud: Cloud) -> Iterator[Page]:
    """The page of somebody whose document `lamp.md` is READY."""
    person = cloud.user("page-versions")
    ready(person, "lamp.md", FIRST)
    sign_in(page, "page-versions@example.com")
    yield page
    for document in person.data("query { documents(limit: 100) { items { id } } }")["documents"]["items"]:
        person.data("mutation M($id: ID!) { deleteDocument(id: $id) { id } }", id=document["id"])


def put(page: Page, content: str) -> None:
    page.locator("input[type=file]").set_input_files([file("lamp.md", content.encode())])


def test_a_file_of_the_same_name_becomes_a_version_that_can_be_taken_back(reader: Page) -> None:
    put(reader, SECOND)
    reader.get_by_role("button", name="Replace with the new file").click()
    lamp = row(reader, "lamp.md")
    expect(lamp).to_have_count(1)
    reader.get_by_role("button", name="Details of lamp.md").click()
    dialog = reader.get_by_role("dialog")
    expect(dialog.locator(".versions li")).to_have_count(2, timeout=40_000)
    expect(dialog.locator("li[data-current=true]")).to_contain_text("Version 2")
    dialog.get_by_role("button", name="Restore version 1").click()
    expect(dialog.locator("li[data-current=true]")).to_contain_text("Version 3", timeout=40_000)
    dialog.get_by_role("button", name="Version 3", exact=True).click()
    expect(reader.locator(".reader")).to_contain_text("whale oil until 1911")


def test_the_very_same_file_is_not_sent_again(reader: Page) -> None:
    put(reader, FIRST)
    expect(reader.get_by_text("Here already, and the same, so not sent again: lamp.md")).to_be_visible()
    expect(row(reader, "lamp.md")).to_have_count(1)


def test_both_of_one_name_can_be_kept(reader: Page) -> None:
    put(reader, SECOND)
    reader.get_by_role("button", name="Keep both").click()
    expect(row(reader, "lamp.md")).to_have_count(2)
    expect(reader.locator(".row[data-status=READY]")).to_have_count(2, timeout=40_000)


def test_passages_are_found_with_why_each_stands_there(reader: Page) -> None:
    reader.get_by_label("Your question").fill("What did the lamp burn?")
    reader.get_by_role("button", name="Find passages").click()
    found = reader.locator(".findings li")
    expect(found.first).to_contain_text("whale oil", timeout=40_000)
    found.first.locator("summary").click()
    expect(found.first).to_contain_text("by meaning #1")
    expect(found.first).to_contain_text("by words #1")
    found.first.get_by_role("button").click()
    expect(reader.locator(".reader")).to_contain_text("whale oil until 1911")
