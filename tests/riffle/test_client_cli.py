"""The command line as a person or a script meets it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from riffle.cli import main
from riffle.sessions import Sessions
from tests.riffle import samples
from tests.riffle.conftest import NAME, PASSWORD
from tests.riffle.fake import Fake, Problem
from tests.riffle.samples import Json
from tests.riffle.test_client_flows import Writer, upload_to


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


type Riffle = Callable[..., Ran]


@pytest.fixture
def riffle(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Riffle:
    """Runs a command in this process, signed in by the environment."""
    environment = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    for name, value in (environment | {"XDG_CONFIG_HOME": str(tmp_path / "config")}).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["riffle", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Ran(int(end.value.code or 0), captured.out, captured.err)

    return run


# -- sessions


def test_login_is_remembered_and_logout_forgets(riffle: Riffle, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Signed in to" in riffle("login").err
    for name in ("RIFFLE_URL", "RIFFLE_USERNAME", "RIFFLE_PASSWORD"):
        monkeypatch.delenv(name)
    assert riffle("about").status == 0
    assert "Signed out" in riffle("logout").err
    assert riffle("about").status == 1


def test_sign_up_enters_the_code(fake: Fake, riffle: Riffle) -> None:
    ran = riffle("login", "--sign-up", "--username", "new@example.com", "--code", "123456")
    assert ran.status == 0
    assert fake.unconfirmed == set()


@pytest.mark.parametrize("told", [{"signUp": "invited"}, {}], ids=["the page knows", "the pool alone knows"])
def test_sign_up_where_accounts_are_by_invitation_says_so(fake: Fake, riffle: Riffle, told: Json) -> None:
    fake.told, fake.closed = told, True
    ran = riffle("login", "--sign-up", "--username", "new@example.com")
    assert ran.status == 1
    assert ran.err == f"accounts at {fake.url} are by invitation; ask whoever runs it for one\n"


def test_invited_person_sets_a_password_and_is_signed_in(
    fake: Fake, riffle: Riffle, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.asks = ["NEW_PASSWORD_REQUIRED"]
    monkeypatch.setenv("RIFFLE_NEW_PASSWORD", "of-my-own-1")
    assert riffle("login").status == 0
    assert fake.answers == [{"USERNAME": "a-sub-of-cognito", "NEW_PASSWORD": "of-my-own-1"}]
    assert riffle("about").status == 0


def test_code_of_an_app_may_follow_the_new_password(
    fake: Fake, riffle: Riffle, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.asks = ["NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"]
    monkeypatch.setenv("RIFFLE_NEW_PASSWORD", "of-my-own-1")
    assert riffle("login", "--code", "123456").status == 0
    assert [sorted(each) for each in fake.answers] == [
        ["NEW_PASSWORD", "USERNAME"], ["SOFTWARE_TOKEN_MFA_CODE", "USERNAME"],
    ]  # fmt: skip


def test_wrong_code_of_an_app_is_one_sentence(fake: Fake, riffle: Riffle) -> None:
    fake.asks = ["SOFTWARE_TOKEN_MFA"]
    assert riffle("login", "--code", "000000").err == "Invalid code received for user\n"


def test_app_is_set_up_in_a_terminal_or_on_the_page(fake: Fake, riffle: Riffle) -> None:
    fake.asks = ["MFA_SETUP"]
    assert riffle("login", "--code", "123456").err == (
        "An authenticator app has to be set up: run this in a terminal once, or sign in on the web page\n"
    )


def test_login_without_a_terminal_says_what_is_missing(
    riffle: Riffle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RIFFLE_PASSWORD")
    ran = riffle("login")
    assert ran.status == 1
    assert "Password is missing: give RIFFLE_PASSWORD" in ran.err


def test_sign_up_with_an_address_that_has_an_account_says_what_to_leave_out(riffle: Riffle) -> None:
    ran = riffle("login", "--sign-up")
    assert ran.status == 1
    assert ran.err == f"{NAME} has an account here; sign in to it without --sign-up\n"


def test_session_that_has_ended_says_how_to_sign_in_again(
    fake: Fake, riffle: Riffle, monkeypatch: pytest.MonkeyPatch
) -> None:
    riffle("login")
    outdate_session()
    monkeypatch.delenv("RIFFLE_PASSWORD")
    ran = riffle("about")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"the session at {fake.url} has ended; run: riffle login --url {fake.url}\n"


def test_session_that_has_ended_is_no_hindrance_where_the_password_is_given(riffle: Riffle) -> None:
    riffle("login")
    outdate_session()
    assert riffle("about").status == 0


def test_about_names_file_types_as_people_do(fake: Fake, riffle: Riffle) -> None:
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    about = fake.fields["about"]({})
    fake.fields["about"] = lambda _: about | {"contentTypes": ["text/plain", "text/markdown", docx]}
    assert "Reads\ttxt, md, docx\n" in riffle("about").out


def test_results_that_cannot_be_written_are_one_sentence(fake: Fake, tmp_path: Path) -> None:
    signed_in = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    environment = os.environ | signed_in | {"XDG_CONFIG_HOME": str(tmp_path)}
    with Path("/dev/full").open("w") as full:
        program = subprocess.run(
            [sys.executable, "-m", "riffle", "about"],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert program.returncode == 1
    assert program.stderr == "the output cannot be written: No space left on device\n"


def test_an_expected_failure_is_one_sentence_on_stderr(riffle: Riffle) -> None:
    ran = riffle("login", "--username", "nobody")
    assert (ran.status, ran.out, ran.err) == (1, "", "Incorrect username or password.\n")


def test_an_unknown_option_is_a_usage_error(riffle: Riffle) -> None:
    assert riffle("documents", "--what").status == 2


def test_every_command_explains_itself(riffle: Riffle) -> None:
    overview = riffle("--help").out
    for command in ("login", "ingest", "documents", "search", "ask", "stop", "publish", "listen", "retry"):
        assert command in overview
        assert riffle(command, "--help").status == 0


def outdate_session() -> None:
    """As it is after a month: neither token is worth anything."""
    path = Sessions().path
    stored = json.loads(path.read_text())
    for session in stored["sessions"].values():
        session["tokens"] |= {"refresh": "outdated", "expires_at": 0}
    path.write_text(json.dumps(stored))


# -- documents


def only_text(fake: Fake) -> None:
    """Accepts uploads of text, and of nothing else."""
    upload_to(fake)
    accept = fake.fields["createUpload"]

    def judged(variables: Json) -> object:
        if variables["input"]["name"].endswith(".txt"):
            return accept(variables)
        raise Problem("UnsupportedType", "no such type")

    fake.fields["createUpload"] = judged


def settle(fake: Fake, **changes: object) -> None:
    fake.fields["document"] = lambda variables: samples.document(variables["id"]) | changes


def test_ingest_uploads_a_folder_and_reports_each_file(fake: Fake, riffle: Riffle, tmp_path: Path) -> None:
    upload_to(fake)
    settle(fake, status="READY")
    (tmp_path / "in" / ".git").mkdir(parents=True)
    for name in ("a.txt", "b.txt", ".git/config"):
        (tmp_path / "in" / name).write_text("text")
    ran = riffle("ingest", str(tmp_path / "in"), "--collection", "sea")
    assert ran.status == 0
    lines = [line.split("\t") for line in ran.out.splitlines()]
    assert [(Path(path).name, status) for path, _, status, _ in lines] == [
        ("a.txt", "READY"),
        ("b.txt", "READY"),
    ]
    assert "2 files, 0 failed" in ran.err


def test_ingest_fails_when_one_file_does_and_gives_the_reason(
    fake: Fake, riffle: Riffle, tmp_path: Path
) -> None:
    upload_to(fake)
    settle(fake, status="FAILED", error={"type": "NoText", "message": "no text in it", "retryable": False})
    (tmp_path / "a.txt").write_text("text")
    ran = riffle("ingest", str(tmp_path / "*.txt"), "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["reason"] == "no text in it"


def test_ingest_reports_what_was_not_accepted(fake: Fake, riffle: Riffle, tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_text("x" * 3000)
    ran = riffle("ingest", str(tmp_path / "big.txt"))
    assert ran.status == 1
    assert "REJECTED\t'big.txt' is 3 kB; the limit is 2 kB" in ran.out


def test_ingest_skips_what_a_folder_has_of_unreadable_types_and_counts_it(
    fake: Fake, riffle: Riffle, tmp_path: Path
) -> None:
    only_text(fake)
    settle(fake, status="READY")
    for name in ("a.txt", "b.png", "c.png"):
        (tmp_path / name).write_text("text")
    ran = riffle("ingest", str(tmp_path))
    assert ran.status == 0
    assert "png" not in ran.out
    assert ran.err == "1 file, 0 failed.\nSkipped, of types that cannot be read: 2 .png.\n"
    rows = map(json.loads, riffle("ingest", str(tmp_path), "--json").out.splitlines())
    assert [row["status"] for row in rows] == ["READY", "SKIPPED", "SKIPPED"]


@pytest.mark.parametrize(("types", "statuses"), [([], ["READY", "SKIPPED"]), (["image/png"], ["READY"] * 2)])
def test_ingest_takes_the_images_of_a_folder_where_they_are_read(
    fake: Fake, riffle: Riffle, tmp_path: Path, types: list[str], statuses: list[str]
) -> None:
    about = fake.fields["about"]({})
    fake.fields["about"] = lambda _: about | {"contentTypes": ["text/plain", *types]}
    upload_to(fake)
    settle(fake, status="READY")
    for name in ("a.txt", "b.png"):
        (tmp_path / name).write_text("text")
    rows = map(json.loads, riffle("ingest", str(tmp_path), "--json").out.splitlines())
    assert [row["status"] for row in rows] == statuses


def test_ingest_of_a_named_file_of_an_unreadable_type_fails(
    fake: Fake, riffle: Riffle, tmp_path: Path
) -> None:
    only_text(fake)
    (tmp_path / "b.png").write_text("text")
    ran = riffle("ingest", str(tmp_path / "b.png"))
    assert ran.status == 1
    assert "REJECTED\tno such type" in ran.out


def test_ingest_sends_a_name_that_is_not_utf8_as_well_as_it_can(
    fake: Fake, riffle: Riffle, tmp_path: Path
) -> None:
    upload_to(fake)
    settle(fake, status="READY")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("text")
    ran = riffle("ingest", str(tmp_path), "--json")
    assert ran.status == 0
    assert Path(json.loads(ran.out)["path"]).name == "caf?.txt"


def test_control_c_during_an_ingestion_tells_what_goes_on(fake: Fake, tmp_path: Path) -> None:
    upload_to(fake)
    settle(fake, status="EMBEDDING")
    (tmp_path / "a.txt").write_text("text")
    signed_in = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    program = subprocess.Popen(
        [sys.executable, "-m", "riffle", "ingest", str(tmp_path / "a.txt")],
        env=os.environ | signed_in | {"XDG_CONFIG_HOME": str(tmp_path)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    fake.await_subscriptions(1, seconds=30)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=30)
    assert program.returncode == 130
    assert said.strip() == "Stopped. What was uploaded by then is read all the same; see `riffle documents`."


def test_question_that_is_not_utf8_is_refused_in_a_sentence(riffle: Riffle) -> None:
    ran = riffle("search", "caf\udce9")
    assert (ran.status, ran.err) == (1, "the text has bytes that are not UTF-8\n")


def test_ingest_without_waiting_ends_after_the_upload(fake: Fake, riffle: Riffle, tmp_path: Path) -> None:
    upload_to(fake)
    (tmp_path / "a.txt").write_text("text")
    ran = riffle("ingest", str(tmp_path / "a.txt"), "--no-wait")
    assert ran.status == 0
    assert "QUEUED" in ran.out


def test_ingest_gives_up_after_its_timeout(fake: Fake, riffle: Riffle, tmp_path: Path) -> None:
    upload_to(fake)
    settle(fake, status="EMBEDDING")
    (tmp_path / "a.txt").write_text("text")
    ran = riffle("ingest", str(tmp_path / "a.txt"), "--timeout", "1")
    assert ran.status == 1
    assert "EMBEDDING" in ran.out


def test_ingest_of_a_wrong_path_is_a_usage_error(riffle: Riffle, tmp_path: Path) -> None:
    ran = riffle("ingest", str(tmp_path / "absent"))
    assert (ran.status, ran.out) == (2, "")
    assert "there is no file" in ran.err


def test_documents_are_tab_separated_in_a_pipe_and_objects_as_json(fake: Fake, riffle: Riffle) -> None:
    listed = samples.document(status="READY", pages=2) | {"name": "x\x1b[31m\ty.txt"}
    fake.fields["documents"] = lambda _: {"items": [listed], "nextToken": None}
    assert riffle("documents").out == "d1\tx[31m y.txt\tdefault\tREADY\t2\t\t5 bytes\t\n"
    assert json.loads(riffle("documents", "--json").out)["contentType"] == "text/plain"


def test_empty_lists_say_so(fake: Fake, riffle: Riffle) -> None:
    fake.fields["documents"] = lambda _: {"items": [], "nextToken": None}
    listed, retried = riffle("documents"), riffle("retry", "--failed")
    assert (listed.status, listed.out) == (0, "")
    assert "no documents here yet" in listed.err
    assert retried.err == "No document has failed.\n"


def test_delete_goes_on_after_a_failure_and_reports_it(fake: Fake, riffle: Riffle) -> None:
    def delete(variables: Json) -> Json:
        if variables["id"] == "d1":
            raise Problem("NotFound", "there is no document 'd1'")
        return samples.document(variables["id"], status="DELETING")

    fake.fields["deleteDocument"] = delete
    ran = riffle("delete", "d1", "d2")
    assert ran.status == 1
    assert ran.err == "there is no document 'd1'\nDeleting d2.txt.\n"


def test_retry_of_all_failed_documents(fake: Fake, riffle: Riffle) -> None:
    items = [samples.document("d1", status="FAILED"), samples.document("d2", status="READY")]
    fake.fields["documents"] = lambda _: {"items": items, "nextToken": None}
    fake.fields["retryDocument"] = lambda variables: samples.document(variables["id"])
    assert riffle("retry", "--failed").err == "Retrying d1.txt.\n"
    assert riffle("retry").status == 2


def test_after_a_change_of_model_only_documents_of_another_are_embedded_anew(
    fake: Fake, riffle: Riffle
) -> None:
    items = [samples.document(each, status="READY") for each in ("d1", "d2")]
    items.append(samples.document("d3", status="FAILED"))
    of_another = {"d2"}

    def retry(variables: Json) -> Json:
        if variables["id"] not in of_another:
            raise Problem("Conflict", "document 'd1' is READY; only a FAILED one can be retried")
        of_another.clear()
        return samples.document(variables["id"], status="QUEUED")

    fake.fields["documents"] = lambda _: {"items": items, "nextToken": None}
    fake.fields["retryDocument"] = retry
    ran, again = (riffle("documents", "retry", "--model-changed") for _ in range(2))
    assert (ran.status, ran.err) == (0, "Embedding anew d2.txt.\n")
    assert (again.status, again.err) == (0, "No document is of another embedding model.\n")
    assert riffle("retry", "--failed", "--model-changed").status == 2


def test_a_documents_versions_are_listed_and_one_is_restored(fake: Fake, riffle: Riffle) -> None:
    asked: list[Json] = []
    version = {"version": 2, "name": "d1.txt", "createdAt": samples.NOW, "current": True, "bytes": 2048}
    unknown = dict.fromkeys(("contentType", "sha256", "pages", "passages"))
    fake.fields["documentVersions"] = lambda _: [version | unknown]

    def restore(given: Json) -> Json:
        asked.append(given)
        return samples.document(version=3)

    fake.fields["restoreDocument"] = restore
    listed = riffle("documents", "versions", "d1").out
    assert listed == "2\td1.txt\t2026-01-02 03:04\t\t\t2 kB\tsearched\n"
    restored = riffle("documents", "restore", "d1", "2")
    assert restored.err == "Version 2 of d1.txt becomes version 3.\n"
    assert asked == [{"id": "d1", "version": 2}]


def test_a_document_is_shown_with_how_far_it_is(fake: Fake, riffle: Riffle) -> None:
    state = samples.document(status="EMBEDDING", passages=120, passagesDone=40, secondsLeft=12)
    fake.fields["document"] = lambda _: state | {"version": 2, "searchableVersion": 1, "language": "vi"}
    shown = dict(line.split("\t") for line in riffle("documents", "show", "d1").out.splitlines())
    assert shown["Status"] == "EMBEDDING 40 of 120, about 12 s"
    assert shown["Version"] == "2 (searches find version 1)"
    assert shown["Language"] == "vi"
    assert "Reason" not in shown


def test_a_text_longer_than_a_window_is_printed_whole(fake: Fake, riffle: Riffle) -> None:
    def window(given: Json) -> Json:
        start = given.get("start", 0)
        return {
            "documentId": "d1", "version": 1, "text": "abcdef"[start : start + 4], "start": start,
            "end": min(start + 4, 6), "length": 6,
        }  # fmt: skip

    fake.fields["documentText"] = window
    assert riffle("documents", "text", "d1").out == "abcdef\n"


def test_a_search_is_narrowed_and_explained(fake: Fake, riffle: Riffle) -> None:
    inputs: list[Json] = []
    ranking = {
        "vectorScore": 0.5, "vectorRank": 2, "textScore": None, "textRank": None, "fusedScore": 0.25,
        "fusedRank": 1, "rerankScore": None,
    }  # fmt: skip

    def search(variables: Json) -> Json:
        inputs.append(variables["input"])
        passage = samples.passage(ranking=ranking, headings=["Sea", "Otters"])
        return {"passages": [passage], "mode": "HYBRID", "tookMs": 3}

    fake.fields["search"] = search
    narrowed = ("--type", "pdf", "--language", "vi", "--after", "2026-01-02", "--explain", "--no-rerank")
    found = riffle("search", "otters", *narrowed).out
    assert "d1.txt › Sea › Otters" in found
    assert found.endswith("\t#2 (0.500)\t–\t#1 (0.250)\t–\n")
    assert inputs[0].pop("createdAfter").endswith("Z")
    expected = {"contentTypes": ["application/pdf"], "languages": ["vi"], "rerank": False}
    assert inputs == [{"text": "otters"} | expected]


def test_a_kind_of_file_that_nobody_knows_is_a_usage_error(riffle: Riffle) -> None:
    assert riffle("search", "otters", "--type", "nonsuch").status == 2


# -- questions


def test_search_lists_passages(fake: Fake, riffle: Riffle) -> None:
    inputs: list[Json] = []

    def search(variables: Json) -> Json:
        inputs.append(variables["input"])
        return {"passages": [samples.passage()], "mode": "TEXT", "tookMs": 3}

    fake.fields["search"] = search
    assert (
        riffle("search", "otters", "--mode", "text", "--limit", "3").out
        == "1.000\td1.txt\t3\tOtters hold hands.\n"
    )
    assert inputs == [{"text": "otters", "mode": "TEXT", "limit": 3}]


def finished(fake: Fake, status: str, **changes: object) -> None:
    """Makes every question be answered at once."""
    fake.fields["ask"] = lambda variables: samples.answer(
        variables["input"]["id"], status=status, attempt=1, text="They hold hands [1].", **changes
    )


def test_ask_prints_the_answer_and_its_sources(fake: Fake, riffle: Riffle) -> None:
    finished(fake, "COMPLETE", citations=[samples.citation()])
    ran = riffle("ask", "Why?")
    assert ran.status == 0
    assert ran.out == "They hold hands [1].\n\nSources\n[1] d1.txt, page 3: “Otters hold hands.”\n"
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("status", "code"), [("REFUSED", 3), ("FAILED", 1), ("PARTIAL", 1), ("STOPPED", 130)]
)
def test_the_exit_status_of_ask_tells_how_it_ended(
    fake: Fake, riffle: Riffle, status: str, code: int
) -> None:
    finished(fake, status, error={"type": "ModelUnavailable", "message": "it broke off", "retryable": True})
    ran = riffle("ask", "Why?")
    assert ran.status == code
    assert "it broke off" in ran.err


def test_ask_as_json_is_one_object(fake: Fake, riffle: Riffle) -> None:
    finished(fake, "COMPLETE", citations=[samples.citation()])
    found = json.loads(riffle("ask", "Why?", "--json").out)
    assert found["text"] == "They hold hands [1]."
    assert found["conversationId"] == "c1"
    assert found["citations"][0]["passage"]["documentName"] == "d1.txt"


def test_control_c_stops_the_answer_and_keeps_what_there_is(fake: Fake, tmp_path: Path) -> None:
    writer = Writer(fake)
    signed_in = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    environment = os.environ | signed_in | {"XDG_CONFIG_HOME": str(tmp_path)}
    program = subprocess.Popen(
        [sys.executable, "-m", "riffle", "ask", "Why?"], env=environment, stdout=subprocess.PIPE, text=True
    )
    fake.await_subscriptions(1, seconds=30)
    writer.write("So far.\n")
    assert program.stdout is not None
    assert program.stdout.readline() == "So far.\n"
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=30)
    assert program.returncode == 130
    assert writer.stored["status"] == "STOPPED"


def test_stop_and_conversations(fake: Fake, riffle: Riffle) -> None:
    fake.fields["stopAnswer"] = lambda variables: samples.answer(variables["id"], status="STREAMING")
    assert riffle("stop", "a1").err == "Stopping.\n"
    conversation = {"id": "c1", "title": "Otters", "createdAt": samples.NOW, "updatedAt": samples.NOW}
    fake.fields["conversations"] = lambda _: {"items": [conversation], "nextToken": None}
    assert riffle("conversations").out == "c1\tOtters\t2026-01-02 03:04\n"


def test_publish_sends_json_and_takes_anything_else_as_text(fake: Fake, riffle: Riffle) -> None:
    fake.fields["publish"] = lambda variables: samples.message(variables["channel"], variables["data"])
    assert json.loads(riffle("publish", "news", '{"n": 1}').out)["data"] == {"n": 1}
    assert json.loads(riffle("publish", "news", "hello").out)["data"] == "hello"
