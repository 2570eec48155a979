"""What the product does, as far as AWS charges for it: constants of its code, and what was measured of it.

`tests/costs/test_facts.py` holds the constants against the product, and `test_counts.py` the counts against
the product at work on MiniStack, with LanceDB's own requests to S3 (`bench/counting.py` counts).
"""

from collections.abc import Mapping

MONTH_SECONDS = 730 * 3600
"""AWS reckons with months of 730 hours."""

PUBLISH_SECONDS = 0.05
SAVE_SECONDS = 0.4
LEASE_LOOKS = 1
"""Messages besides the question's own: each worker queues a look at its answer for when its lease is over."""

MAINTAIN_SECONDS = 600
COMPARE_SECONDS = 86_400
"""Between two runs of `maintain`, and between two that compare everything; the template's schedules."""

OPEN_INDEXES = 2
"""Of documents and of answers that are open, both of which `maintain` reads."""

TENDED_RUNS = 7
"""Runs of `maintain` that find versions of the index to remove after a commit: they stay for an hour."""

POLLERS = 5
POLL_SECONDS = 20
"""Lambda keeps five long polls going at a queue, however quiet. Where there is no MaximumConcurrency, it can
go down to two:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

QUEUES = 2
QUEUE_REQUESTS = 2
"""Of a message besides its receiving, which is a poll's: sending and deleting it."""

EVENT_BYTES = 250
CITATION_BYTES = 540
"""Of an event without its text, and of a citation without its passage's; JSON, as subscribers get it."""

ANSWER_BYTES = 830
DOCUMENT_BYTES = 350
"""Of a row without question, text and citations."""

ROW_COPIES = 3
"""Of an answer: the table, and the indexes byCreated and byConversation, which project all of it. The third
index, byId, has keys alone, and is written once."""

RECOVERED_COPIES = 2
"""Of these, what point-in-time recovery is charged for: the table and its local index."""

OPENINGS = 2
"""Writes of a row's entry in the index of open rows: when it opens and when it closes."""

UNIT_BYTES = 1024
READ_BYTES = 4096
UPDATE_BYTES = 5 * 1024

SEARCH_LISTS = 1
SEARCH_READS = 15
"""Requests of LanceDB for one hybrid search of a warm function; index of a few fragments."""

INGEST_LISTS = 4
INGEST_READS = 12
INGEST_WRITES = 3
"""Requests of LanceDB for one document's replacing and probing, and for whether to compact."""

TIDYING_EVERY = 3
TIDYING_LISTS = 12
TIDYING_READS = 48
TIDYING_WRITES = 20
"""Commits of documents that come one by one until a small table is compacted, and LanceDB's requests for
that; a large table's come more rarely."""

MAINTAIN_LISTS = 12
MAINTAIN_READS = 14
"""Requests of LanceDB for looking after the index, by a fresh function."""

DOCUMENT_STEPS = 3
"""Writes of a document's row after its creation, each of which is published: EXTRACTING, EMBEDDING, READY."""

PASSAGE_BYTES = 3.0
"""Bytes in the index for a byte of text, besides the vector: the text, its folded copy, both word indexes."""

CHARS_PER_TOKEN = 4.0
SYSTEM_TOKENS = 250

UNDERSTAND_TURNS = 3
UNDERSTAND_CHARS = 700
UNDERSTAND_TOKENS = 230
TURN_MARKUP = 60
UNDERSTOOD_TOKENS = 40
UNDERSTAND_SECONDS = 0.6
"""Of the model's call that makes a follow-up question stand by itself: turns and characters of each answer in
its prompt, that prompt's own tokens, markup around a turn, tokens of its reply and seconds that it takes; the
last two by guess."""

SCAN_TOKENS = 2_000
SCAN_WRITTEN = 1_500
"""Of one page that a model reads: what its image counts for, and a full page of text."""

ROWS_READ = 10_000
COMPARED_A_SECOND = 2_000
"""Passages of which one request to S3 reads the document, and documents that are compared in a second, when
everything is; both by guess, on the low side."""

METRICS = 12
METRICS_IDLE = 2
"""Series of the functions' embedded metrics in all, and of `maintain` alone: a ColdStart of each function,
Fields, FailedFields, Documents, FailedDocuments, Answers, FailedAnswers, Maintenance."""

METRICS_DAILY = 3
"""Series that `maintain` publishes once a day, each charged for that hour: IndexRecall, IndexRows,
IndexUnindexedRows."""

CHECK_SEARCHES = 100
CHECK_LISTS = 1
CHECK_READS = 10
"""Searches of the daily check of the index, half of them exact, and the requests of one to S3."""

LOG_BYTES = 2_000
"""Of one invocation: Lambda's three lines, the metrics, and a line or two of ours."""

RESOLVE_SECONDS = 0.05
SEARCH_SECONDS = 0.25
ANSWER_SECONDS = 0.6
LOOK_SECONDS = 0.03
INGEST_SECONDS = 1.0
PASSAGE_SECONDS = 0.03
MAINTAIN_RUN_SECONDS = 1.0
TENDING_SECONDS = 2.5
"""Billed seconds: of a field; of a search; of an answer before its first token and after its last; of a look
at a finished answer; of a document, and of each of its passages; of `maintain` with nothing to do, its cold
start included; of looking after the index besides. Runs on one machine, rounded up: what AWS will measure
depends on S3 and the model."""

COLD_SHARE = 0.01
INIT_SECONDS: Mapping[str, float] = {
    "resolve": 0.4, "search": 1.3, "ingest": 1.5, "answer": 1.3, "maintain": 0.0,
}  # fmt: skip
"""Share of invocations that start a fresh environment, and how long that initialises (docs/cold-start.md),
which is charged since August 2025: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
`maintain` always begins cold, and its own seconds have that in them."""

TRACES_A_SECOND = 1
TRACED_SHARE = 0.05
"""X-Ray's default rule: the first request of each second, and one in twenty of the others.
https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html"""

KEY_SECONDS = 300
KEY_USERS = 7
"""For which DynamoDB keeps a table's key for a caller before it asks KMS again, and pairs of a table and a
role that uses it while people do something. Requests for AWS's managed keys are charged as well:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html,
https://aws.amazon.com/kms/pricing/"""

PAGE_REQUESTS = 12
PAGE_GIGABYTES = 0.0006
"""Of one visit that has nothing of the page in its cache."""

ARTIFACT_GIGABYTES = 0.25
"""Of packages and layers in the stage's bucket of deployments."""
