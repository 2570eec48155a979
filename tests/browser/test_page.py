"""The web page as a person uses it: sign up, upload, ask, read a source, reload, delete."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.flows.cloud import PASSWORD, Cloud
from tests.flows.documents import ready

pytestmark = pytest.mark.browser

LIGHTHOUSE = """The lighthouse of Port Emmery was built in 1874 by the engineer Clara Voss. Its lamp burned
whale oil until 1911. Today the tower is 42 metres tall and houses a museum of navigation.

Ngọn hải đăng cao 42 mét 🗼 và là một bảo tàng. The keeper lived in a small house with his family."""
QUESTION = "Who built the lighthouse of Port Emmery?"


@pytest.fixture(autouse=True)
def well(cloud: Cloud) -> Iterator[None]:
    """Every test leaves the models as it found them: well, and as fast as they can."""
    yield
    cloud.models()


@pytest.fixture(scope="module")
def account(cloud: Cloud) -> str:
    """The address of somebody with one document that is READY."""
    ready(cloud.user("page-reader"), "lighthouse.md", LIGHTHOUSE)
    return "page-reader@example.com"


@pytest.fixture
def reader(page: Page, account: str) -> Page:
    """That person's page."""
    sign_in(page, account)
    return page


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()


def row(page: Page, name: str) -> Locator:
    return page.locator(".row").filter(has_text=name)


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": content}


def ask(page: Page, question: str = QUESTION) -> Locator:
    """The answer's article, the question just sent."""
    page.get_by_label("Your question").fill(question)
    page.get_by_label("Your question").press("Enter")
    return page.locator("article.answer").last


def become(status: str) -> re.Pattern[str]:
    return re.compile(f"^({status})$")


def complete(answer: Locator) -> None:
    expect(answer).to_have_attribute("data-status", "COMPLETE", timeout=40_000)


def test_a_new_person_signs_up_with_the_code_that_the_notice_tells(page: Page) -> None:
    page.get_by_role("button", name="I am new here").click()
    page.get_by_label("Email").fill("page-newcomer@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Confirmation code").fill("000000")
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The code is not right.")
    code = re.search(r"\d{6}", page.locator(".notice").inner_text())
    assert code
    page.get_by_label("Confirmation code").fill(code[0])
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    expect(page.locator(".writer")).to_contain_text("not a language model")


def test_a_wrong_password_is_told_in_one_sentence(page: Page, cloud: Cloud) -> None:
    cloud.user("page-forgetful")
    page.get_by_label("Email").fill("page-forgetful@example.com")
    page.get_by_label("Password").fill("not-this-one-1")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Email or password is wrong.")


def test_files_become_ready_or_say_why_not(page: Page, cloud: Cloud) -> None:
    cloud.user("page-uploader")
    sign_in(page, "page-uploader@example.com")
    files = [
        file("lighthouse.md", LIGHTHOUSE.encode()),
        file("Hải đăng.txt", "Ngọn hải đăng cao 42 mét.".encode()),
        file("broken.pdf", b"%PDF-1.7 and then nothing"),
        file("photo.png", b"\x89PNG"),
    ]
    page.get_by_label("Add files").set_input_files(files)
    expect(page.get_by_role("alert").filter(has_text="photo.png")).to_contain_text(
        ".png files cannot be read"
    )
    expect(row(page, "lighthouse.md")).to_have_attribute("data-status", "READY", timeout=60_000)
    expect(row(page, "Hải đăng.txt")).to_have_attribute("data-status", "READY", timeout=60_000)
    broken = row(page, "broken.pdf")
    expect(broken).to_have_attribute("data-status", "FAILED", timeout=60_000)
    expect(broken.get_by_role("alert")).to_contain_text("broken.pdf")
    expect(broken.get_by_role("button", name="Try again")).to_be_visible()


def test_over_tls_too_files_are_sent_and_questions_answered(secure_page: Page, cloud: Cloud) -> None:
    cloud.user("page-secure")
    sign_in(secure_page, "page-secure@example.com")
    secure_page.get_by_label("Add files").set_input_files(file("lighthouse.md", LIGHTHOUSE.encode()))
    expect(row(secure_page, "lighthouse.md")).to_have_attribute("data-status", "READY", timeout=60_000)
    answer = ask(secure_page)
    complete(answer)
    expect(answer).to_contain_text("Clara Voss")


def test_pasted_text_becomes_a_document_that_can_be_read(page: Page, cloud: Cloud) -> None:
    cloud.user("page-writer")
    sign_in(page, "page-writer@example.com")
    page.get_by_role("button", name="Paste text").click()
    page.get_by_label("Name").fill("Ghi chú.txt")
    page.get_by_label("Text", exact=True).fill("Con mèo tên là Mít. <b>Nó ngủ.</b>")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Open Ghi chú.txt").click(timeout=60_000)
    expect(page.locator(".reader .prose")).to_have_text("Con mèo tên là Mít. <b>Nó ngủ.</b>")


def test_an_answer_cites_a_passage_that_opens_highlighted_and_in_view(reader: Page) -> None:
    answer = ask(reader)
    complete(answer)
    expect(answer).to_contain_text("Clara Voss")
    answer.get_by_role("button", name="Source 1: lighthouse.md").first.click()
    marked = reader.locator(".reader mark")
    expect(marked).to_contain_text("Clara Voss")
    expect(marked.locator("em")).to_be_in_viewport()
    reader.reload()
    expect(marked.locator("em")).to_be_in_viewport()
    reader.keyboard.press("Escape")
    expect(reader.locator(".reader")).to_have_count(0)


def test_a_refused_answer_says_so_once(reader: Page) -> None:
    answer = ask(reader, "What is the boiling point of tungsten in kelvin?")
    expect(answer).to_have_attribute("data-status", "REFUSED", timeout=40_000)
    expect(answer.locator(".prose")).to_have_text("The documents do not answer this question.")
    expect(answer.get_by_role("status")).to_have_count(0)


def test_a_forgotten_password_is_set_anew_with_the_code_and_no_other(page: Page, cloud: Cloud) -> None:
    cloud.user("page-forgotten")
    page.get_by_role("button", name="Forgotten password").click()
    page.get_by_label("Email").fill("page-forgotten@example.com")
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("New password").fill("another-word-22")
    page.get_by_label("Confirmation code").fill("000000")
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_role("alert")).to_have_text("The code is not right.")
    page.get_by_label("Confirmation code").fill("123456")
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()


def test_signing_out_in_one_tab_signs_the_others_out(reader: Page) -> None:
    other = reader.context.new_page()
    other.goto("/")
    expect(other.get_by_role("heading", name="Documents")).to_be_visible()
    reader.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(other.get_by_text("lighthouse.md")).to_have_count(0)
    other.close()


def test_the_explorer_signs_in_with_what_was_typed_when_an_operation_is_run(page: Page, account: str) -> None:
    page.goto("/explorer")
    page.locator("#mode").select_option("user")
    page.locator("#email").fill(account)
    page.locator("#query").fill("{ documents { items { name } } }")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#result")).to_have_text("Nothing was sent: nobody is signed in.")
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#result")).to_contain_text('"name": "lighthouse.md"')


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(reader: Page, cloud: Cloud) -> None:
    cloud.models(tokens_per_second=6)
    answer = ask(reader)
    expect(answer.locator(".prose")).not_to_be_empty(timeout=30_000)
    reader.reload()
    expect(answer).to_have_attribute("data-status", become("STREAMING"))
    cloud.models()
    complete(answer)
    expect(answer.get_by_role("heading", name=QUESTION)).to_be_visible()
    whole = answer.locator(".prose").inner_text()
    reader.reload()
    complete(answer)
    assert answer.locator(".prose").inner_text() == whole


def test_an_answer_goes_on_after_a_time_without_network(reader: Page, cloud: Cloud) -> None:
    cloud.models(tokens_per_second=6)
    answer = ask(reader)
    expect(answer.locator(".prose")).not_to_be_empty(timeout=30_000)
    reader.context.set_offline(True)
    expect(reader.get_by_text("You are offline")).to_be_visible()
    reader.context.set_offline(False)
    complete(answer)
    expect(answer).to_contain_text("Clara Voss")


def test_stop_ends_an_answer_where_it_is(reader: Page, cloud: Cloud) -> None:
    cloud.models(tokens_per_second=2)
    answer = ask(reader)
    expect(answer.locator(".prose")).not_to_be_empty(timeout=30_000)
    answer.get_by_role("button", name="Stop").click()
    expect(answer).to_have_attribute("data-status", "STOPPED")
    expect(answer).to_contain_text("Stopped.")


def test_an_earlier_conversation_is_there_after_signing_in_again(reader: Page, account: str) -> None:
    question = "Until when did the lamp burn whale oil?"
    complete(ask(reader, question))
    reader.get_by_role("button", name="Sign out").click()
    sign_in(reader, account)
    reader.get_by_role("navigation").get_by_role("button", name=question).first.click()
    answer = reader.locator("article.answer")
    complete(answer)
    expect(answer).to_contain_text("1911")


def test_a_deleted_document_goes_after_asking_and_stays_away(page: Page, cloud: Cloud) -> None:
    ready(cloud.user("page-tidy"), "old.md", LIGHTHOUSE)
    sign_in(page, "page-tidy@example.com")
    page.get_by_role("button", name="Delete old.md").click()
    page.get_by_role("button", name="Cancel").click()
    expect(row(page, "old.md")).to_have_attribute("data-status", "READY")
    page.get_by_role("button", name="Delete old.md").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(row(page, "old.md")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_the_page_fits_a_phone_and_speaks_vietnamese(reader: Page) -> None:
    reader.set_viewport_size({"width": 380, "height": 740})
    reader.get_by_role("button", name="Conversations and account").click()
    reader.get_by_role("button", name="Tiếng Việt").click()
    expect(reader.get_by_role("heading", name="Tài liệu")).to_be_visible()
    assert reader.evaluate("document.documentElement.scrollWidth") <= 380
