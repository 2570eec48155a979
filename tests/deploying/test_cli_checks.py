"""What stands in the way of a deployment: each in a sentence with a status, and nothing is changed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from appsync.deploying import bedrock, checks, permitted
from appsync.deploying.callers import Caller, identify, open_session
from appsync.deploying.stages import read
from tests.conftest import CREDENTIALS, ROOT, running_ministack
from tests.deploying.commands import Inside, account, refusing, riffle, variables

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
NOVA, TITAN = "amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0"
PLAN = ("deploy", "--plan", "--no-page", "--stage")
MODELS = "arn:aws:bedrock:us-east-1::foundation-model"
PROFILES = "arn:aws:bedrock:us-east-1:000000000000:inference-profile"
OWN = "arn:aws:bedrock:us-east-1:000000000000:{}/x"
CONSOLE = "https://us-east-1.console.aws.amazon.com/bedrock/home?region=us-east-1#/model-catalog"


def session(address: str, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """As `riffle deploy` opens it: boto3 itself finds where and who."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    return boto3.Session()


def told(problems: Iterator[checks.Problem]) -> list[str]:
    return [problem.text for problem in problems]


# ---- Who, and where.


def test_without_credentials_it_says_how_to_get_some(tmp_path: Path) -> None:
    ran = riffle(variables(tmp_path, AWS_DEFAULT_REGION="us-east-1"), *PLAN, "dev")
    assert ran.status == 3
    assert ran.err == (
        "There are no AWS credentials: run `aws configure` or `aws sso login`, "
        "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n"
    )


@pytest.mark.parametrize(
    ("region", "sentence"),
    [
        ("us-esat-1", "'us-esat-1' is not a region of AWS; is it us-west-1 or us-east-1?"),
        ("mx-central-1", "The region mx-central-1 has no AppSync; choose another, as us-east-1"),
        ("ap-east-1", "The region ap-east-1 has no Bedrock; choose another, as us-east-1"),
    ],
)
def test_region_that_lacks_a_service_is_refused(
    inside: Inside, tmp_path: Path, region: str, sentence: str
) -> None:
    ran = inside(variables(tmp_path, **CREDENTIALS), *PLAN, "dev", "--region", region)
    assert (ran.status, ran.err) == (3, f"{sentence}\n")


def test_without_a_region_it_asks_for_one(inside: Inside, tmp_path: Path) -> None:
    ran = inside(variables(tmp_path), *PLAN, "dev")
    assert (ran.status, ran.err) == (3, "No region is set: give --region, or set AWS_REGION\n")


def test_region_may_be_named_as_aws_own_command_line_has_it(inside: Inside, tmp_path: Path) -> None:
    ran = inside(variables(tmp_path, AWS_REGION="mx-central-1"), *PLAN, "dev")
    assert ran.err == "The region mx-central-1 has no AppSync; choose another, as us-east-1\n"


def test_unknown_profile_is_named(inside: Inside, tmp_path: Path) -> None:
    ran = inside(variables(tmp_path), "status", "--stage", "dev", "--profile", "work")
    assert ran.status == 3
    assert ran.err.startswith("There is no AWS profile 'work'")


def test_credentials_that_have_expired_are_told_from_wrong_ones(inside: Inside, tmp_path: Path) -> None:
    with refusing("ExpiredToken", datetime.now(UTC)) as sts:
        ran = inside(account(tmp_path, sts), *PLAN, "dev")
    assert ran.status == 3
    assert "The AWS credentials have expired: sign in again, for example with `aws sso login`" in ran.err
    with refusing("InvalidClientTokenId", datetime.now(UTC)) as sts:
        ran = inside(account(tmp_path, sts), *PLAN, "dev")
    assert "AWS does not accept the credentials in us-east-1 (InvalidClientTokenId)" in ran.err


def test_account_that_is_busy_is_asked_again_for_longer() -> None:
    client: Any = open_session(None, "us-east-1").client("cloudformation")  # whose types lack what it keeps
    assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": 10}
    assert client.meta.config.connect_timeout == 10


def test_wrong_clock_is_the_reason_that_is_told(inside: Inside, tmp_path: Path) -> None:
    with refusing("SignatureDoesNotMatch", datetime.now(UTC) + timedelta(minutes=20, seconds=30)) as sts:
        ran = inside(account(tmp_path, sts), *PLAN, "dev")
    assert ran.status == 3
    assert ran.err.startswith("This machine's clock is 20 minutes behind AWS's")


def test_no_secret_is_ever_printed(inside: Inside, tmp_path: Path) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_SESSION_TOKEN": "quiet"}
    with refusing("ExpiredToken", datetime.now(UTC)) as sts:
        ran = inside(account(tmp_path, sts, **keys), *PLAN, "dev")
    assert not {"hush", "quiet", "AKIAEXAMPLE"} & set(ran.err.split())
    assert "hush" not in ran.out + ran.err


def test_machine_without_a_way_to_aws_is_told_so(inside: Inside, tmp_path: Path) -> None:
    ran = inside(account(tmp_path, "http://127.0.0.1:9"), "status", "--stage", "dev")
    assert ran.status == 3
    assert ran.err.startswith("AWS could not be reached: ")


# ---- What may be done.


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MiniStack that heeds signatures and policies, as AWS does."""
    with running_ministack(tmp_path_factory.mktemp("guarded"), AUTH="true") as address:
        yield address


def user(address: str, name: str, *actions: str) -> dict[str, str]:
    """The keys of a user who may do so much."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    iam = session.client("iam", endpoint_url=address)
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def test_missing_permissions_are_named_before_anything_is_made(guarded: str, tmp_path: Path) -> None:
    mostly = user(guarded, "ada", "iam:*", "bedrock:*", "cloudformation:*", "lambda:*", "s3:*", "logs:*",
                  "dynamodb:*", "cognito-idp:*", "cloudwatch:*", "scheduler:*", "appsync:*")  # fmt: skip
    ran = riffle(account(tmp_path, guarded, **mostly), *PLAN, "ada")
    assert ran.status == 3
    assert ran.err == (
        "A deployment needs what arn:aws:iam::000000000000:user/ada may not do: "
        "sqs:CreateQueue, sqs:SetQueueAttributes; docs/deployer has policies that allow it\n"
    )
    everything = boto3.Session("test", "test", region_name="us-east-1")
    assert everything.client("s3", endpoint_url=guarded).list_buckets()["Buckets"] == []


def test_the_policies_for_deployers_lack_nothing(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = user(guarded, "dan", "sts:GetCallerIdentity")
    iam = session(guarded, monkeypatch).client("iam")
    for path in (ROOT / "docs/deployer").glob("policy-*.json"):
        text = path.read_text().replace("${aws:PrincipalAccount}", "000000000000")  # MiniStack knows it not
        iam.put_user_policy(UserName="dan", PolicyName=path.stem, PolicyDocument=text)
    dan = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
    caller = identify(dan, datetime.now(UTC))
    assert permitted.denied(iam, caller, "prod") == []


def test_who_may_not_ask_iam_learns_the_action_from_the_refusal(
    guarded: str, inside: Inside, tmp_path: Path
) -> None:
    little = user(guarded, "bob", "sts:*", "cloudformation:*", "dynamodb:*")
    ran = inside(account(tmp_path, guarded, **little), *PLAN, "bob")
    assert ran.status == 3
    assert "bedrock:GetFoundationModelAvailability" in ran.err


def test_wrong_secret_key_is_not_accepted(guarded: str, inside: Inside, tmp_path: Path) -> None:
    wrong = {**user(guarded, "eve"), "AWS_SECRET_ACCESS_KEY": "hush"}
    ran = inside(account(tmp_path, guarded, **wrong), "status", "--stage", "dev")
    assert ran.status == 3
    assert "AWS does not accept the credentials in us-east-1 (SignatureDoesNotMatch)" in ran.err


def test_roots_permissions_are_not_asked_for(ministack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = session(ministack, monkeypatch)
    caller = identify(opened, datetime.now(UTC))
    assert caller.arn.endswith(":root")
    assert permitted.denied(opened.client("iam"), caller, "dev") is None


def test_needs_are_asked_on_the_stages_own_resources() -> None:
    caller = Caller("123456789012", "arn:aws:iam::123456789012:user/ada", "eu-west-1")
    resources = {need.actions[0]: need.resource for need in permitted.needs(caller, "prod", "aws")}
    assert resources["iam:CreateRole"] == "arn:aws:iam::123456789012:role/riffle-prod-answer-eu-west-1"
    assert resources["s3:CreateBucket"] == "arn:aws:s3:::riffle-prod-files-123456789012-eu-west-1"
    assert resources["sqs:CreateQueue"] == "arn:aws:sqs:eu-west-1:123456789012:riffle-prod-answer"
    assert resources["appsync:CreateGraphqlApi"] == "*"


# ---- Models.


@pytest.mark.parametrize(
    ("model", "job", "sentence"),
    [
        (NOVA, "answers", None),
        (f"us.{NOVA}", "answers", None),
        (TITAN, "embeds", None),
        ("amazon.nova-heavy", "answers", "There is no model amazon.nova-heavy in us-east-1: see https://"),
        (
            "us.amazon.nova-heavy",
            "answers",
            "There is no inference profile us.amazon.nova-heavy in us-east-1",
        ),
        (NOVA, "embeds", f"The model {NOVA} makes no embeddings: see https://"),
        (TITAN, "answers", f"The model {TITAN} does not stream its answers: see https://"),
        (f"{MODELS}/{NOVA}", "answers", None),
        (f"{PROFILES}/us.{NOVA}", "answers", None),
        (
            f"{PROFILES}/us.nova",
            "answers",
            f"There is no inference profile {PROFILES}/us.nova in us-east-1: see",
        ),
        (OWN.format("provisioned-model"), "answers", f"{OWN.format('provisioned-model')} is of no kind"),
        (
            f"{MODELS}/{NOVA}".replace("us-east-1", "eu-west-1"),
            "answers",
            f"arn:aws:bedrock:eu-west-1::foundation-model/{NOVA} is of eu-west-1, and the stage of us-east-1",
        ),
    ],
)
def test_model_that_cannot_do_its_job_is_named(
    ministack: str, monkeypatch: pytest.MonkeyPatch, model: str, job: bedrock.Job, sentence: str | None
) -> None:
    found = bedrock.problem(session(ministack, monkeypatch).client("bedrock"), model, job)
    assert found is None if sentence is None else (found or "").startswith(sentence)


def test_model_that_the_account_has_not_agreed_to_is_told_with_where_to(
    inside: Inside, ministack: str, tmp_path: Path
) -> None:
    ran = inside(account(tmp_path, ministack), *PLAN, "dev", "--parameter", f"ChatModel={HAIKU}")
    assert ran.status == 3
    assert ran.err == (
        f"The model {HAIKU} is not enabled for this account in us-east-1: "
        f"open it in the playground once, see {CONSOLE}\n"
    )


def test_functions_may_call_whatever_an_inference_profile_calls(
    ministack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = session(ministack, monkeypatch).client("bedrock")
    models = {"ChatModel": f"us.{NOVA}", "EmbeddingModel": TITAN, "OcrModel": "none"}
    assert bedrock.behind(client, models) == {
        "ChatModelArns": "arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.amazon.nova-lite-v1:0,"
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
    }


def test_functions_may_call_a_model_by_its_arn_and_what_a_profile_of_ones_own_calls(
    ministack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = session(ministack, monkeypatch).client("bedrock")
    made = client.create_inference_profile(
        inferenceProfileName="ours", modelSource={"copyFrom": f"{MODELS}/{NOVA}"}
    )["inferenceProfileArn"]
    parameters = {"ChatModel": made, "EmbeddingModel": f"{MODELS}/{TITAN}"}
    assert bedrock.problem(client, made, "answers") is None
    assert bedrock.behind(client, parameters) == {
        "ChatModelArns": f"{made},{MODELS}/{NOVA}", "EmbeddingModelArns": f"{MODELS}/{TITAN}"
    }  # fmt: skip
    assert list(bedrock.lacking(client, parameters)) == []
    assert list(bedrock.lacking(client, {**parameters, "ChatModelArns": made})) == [
        f"ChatModelArns lacks {MODELS}/{NOVA}: leave it out, and all that is needed is found"
    ]


def test_global_profile_calls_a_model_of_no_region_too(
    ministack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which MiniStack's catalogue does not have."""
    client, name = session(ministack, monkeypatch).client("bedrock"), f"global.{NOVA}"
    profile = {
        "inferenceProfileName": "Nova", "models": [{"modelArn": f"{MODELS}/{NOVA}"}], "status": "ACTIVE",
        "inferenceProfileArn": f"{PROFILES}/{name}", "inferenceProfileId": name, "type": "SYSTEM_DEFINED",
    }  # fmt: skip
    with Stubber(client) as answers:
        answers.add_response("get_inference_profile", profile)
        found = bedrock.behind(client, {"ChatModel": name, "EmbeddingModel": TITAN})["ChatModelArns"]
    everywhere = f"arn:aws:bedrock:::foundation-model/{NOVA}"
    assert found.split(",") == [f"{PROFILES}/{name}", f"{MODELS}/{NOVA}", everywhere]


def test_package_for_a_pipeline_has_to_name_what_a_profile_calls() -> None:
    plain = {"ChatModel": NOVA, "EmbeddingModel": TITAN, "ChatModelArns": ""}
    assert list(bedrock.unnamed(plain)) == []
    assert list(bedrock.unnamed({**plain, "ChatModel": f"eu.{NOVA}"})) == [
        f"ChatModel is eu.{NOVA}: ChatModelArns has to name all ARNs that calling it needs"
    ]
    assert list(bedrock.unnamed({**plain, "ChatModel": f"eu.{NOVA}", "ChatModelArns": "arn:x"})) == []
    assert list(bedrock.unnamed({**plain, "OcrModel": "none"})) == []
    assert len(list(bedrock.unnamed({**plain, "OcrModel": f"eu.{NOVA}"}))) == 1


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_ranking_model_that_the_region_does_not_have_is_told(
    inside: Inside, ministack: str, tmp_path: Path, region: str
) -> None:
    """MiniStack's catalogue has none."""
    model = ("--parameter", "RerankModel=amazon.rerank-v1:0", "--region", region)
    ran = inside(account(tmp_path, ministack), *PLAN, "dev", *model)
    assert ran.status == 3
    assert ran.err.startswith(f"There is no model amazon.rerank-v1:0 in {region}: see https://{region}.")


@pytest.mark.parametrize("model", [NOVA, f"us.{NOVA}", "us.cohere.rerank-v3-5:0"])
def test_only_a_ranking_model_of_the_region_ranks(
    ministack: str, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    client = session(ministack, monkeypatch).client("bedrock")
    sentence = f"{model} ranks no passages: RerankModel is amazon.rerank-v1:0, cohere.rerank-v3-5:0 or none"
    assert bedrock.problem(client, model, "ranks") == sentence
    assert list(bedrock.unnamed({"RerankModel": model})) == [sentence]


def test_ranking_model_that_the_account_may_call_is_accepted(
    ministack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, model = session(ministack, monkeypatch).client("bedrock"), "cohere.rerank-v3-5:0"
    available = {
        "modelId": model, "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED", "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }  # fmt: skip
    details = {"modelArn": f"{MODELS}/{model}", "modelId": model, "inputModalities": ["TEXT"]}
    with Stubber(client) as answers:
        answers.add_response("get_foundation_model_availability", available)
        answers.add_response("get_foundation_model", {"modelDetails": details})
        assert bedrock.problem(client, model, "ranks") is None
    assert bedrock.behind(client, {"RerankModel": model}) == {}


def test_all_models_that_are_in_the_way_are_told_together(
    inside: Inside, ministack: str, tmp_path: Path
) -> None:
    models = ("--parameter", "OcrModel=amazon.nova-none", "--parameter", "RerankModel=amazon.rerank-v1:0")
    ran = inside(account(tmp_path, ministack), *PLAN, "dev", *models)
    assert [line.partition(" in ")[0] for line in ran.err.splitlines()] == [
        "There is no model amazon.nova-none", "There is no model amazon.rerank-v1:0"
    ]  # fmt: skip


# ---- Names.


def test_stage_whose_stack_is_another_applications_is_taken(
    inside: Inside, ministack: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = session(ministack, monkeypatch)
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    opened.client("cloudformation").create_stack(StackName="riffle-taken", TemplateBody=json.dumps(topic))
    ran = inside(account(tmp_path, ministack), *PLAN, "taken")
    assert ran.status == 3
    assert ran.err == (
        "The stage name 'taken' is taken: the stack riffle-taken in us-east-1 is another application's; "
        "choose another with --stage\n"
    )


def test_stage_whose_table_is_another_applications_is_taken(
    ministack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = session(ministack, monkeypatch)
    opened.client("dynamodb").create_table(
        TableName="riffle-tabled-documents", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )  # fmt: skip
    caller = identify(opened, datetime.now(UTC))
    (sentence,) = told(checks.name_problems(opened, caller, "tabled"))
    assert "the table riffle-tabled-documents in us-east-1 is another application's" in sentence
    assert told(checks.name_problems(opened, caller, "free")) == []


# ---- What does not go together.

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/riffle-dev-functions:1"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--image", IMAGE, "--functions", "chalice"), "Chalice deploys no images"),
        (("--parameter", "SnapStart=on", "--functions", "chalice"), "Chalice publishes no versions"),
        (("--parameter", "SnapStart=on", "--image", IMAGE), "Lambda takes no snapshots of images"),
        (("--image", "riffle:latest"), "'riffle:latest' is no image in ECR"),
        (("--image", IMAGE.replace("us-east", "eu-west")), "has to be in us-east-1, where the functions are"),
        (("--parameter", "Qualifier=:live"), "the parameter Qualifier is not set by hand"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_built(
    inside: Inside, ministack: str, tmp_path: Path, more: tuple[str, ...], sentence: str
) -> None:
    ran = inside(account(tmp_path, ministack), *PLAN, "dev", *more)
    assert ran.status == 2
    assert sentence in ran.err


# ---- This machine.


def test_an_old_chalice_is_refused(tmp_path: Path) -> None:
    metadata = tmp_path / "chalice-1.33.0.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: chalice\nVersion: 1.33.0\n")
    ran = riffle(variables(tmp_path, PYTHONPATH=str(tmp_path)), *PLAN, "dev")
    assert (ran.status, ran.err) == (
        2,
        "Chalice 1.33.0 is too old, 1.34 is needed: pip install -e '.[deploy]'\n",
    )


@pytest.mark.parametrize("version", ["1.34.0", "1.35.1", "2.0"])
def test_a_newer_chalice_will_do(version: str) -> None:
    assert told(checks.chalice_problems(version)) == []


def test_a_missing_chalice_is_told_how_to_install_it() -> None:
    assert told(checks.chalice_problems(None)) == ["Chalice is not installed: pip install -e '.[deploy]'"]


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_python_that_functions_do_not_run_on_is_refused(version: tuple[int, int]) -> None:
    (problem,) = checks.python_problems(version)
    assert problem.status == 2
    assert problem.text.startswith(f"This is Python 3.{version[1]}, and the functions run on 3.12 or 3.13")


def test_page_that_is_not_built_is_told_how_to_build(tmp_path: Path) -> None:
    parameters = checks.parameters(read(checks.APP, "dev"))
    wanted = list(checks.page_problems({**parameters, "Page": "present"}, tmp_path))
    assert [problem.text for problem in wanted] == [
        "The page is not built: run `make page`, or deploy without it: --no-page"
    ]
    assert list(checks.page_problems({**parameters, "Page": "absent"}, tmp_path)) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("deploy", "--stage", "dev"), "Nobody can be asked here: give --yes to go ahead, or --plan"),
        (("destroy", "--stage", "dev"), "Nobody can be asked here: give --yes to go ahead"),
        (("deploy", "--stage", "Dev!", "--plan"), "'Dev!' is not of 1 to 12 small letters and digits"),
        (("deploy", "--stage", "dev", "--plan", "--parameter", "Nope=1"), "Nope is no parameter"),
        (("deploy", "--stage", "dev", "--plan", "--parameter", "Nope"), "'Nope' is not of the form"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_status_2(
    inside: Inside, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = inside(variables(tmp_path), *arguments)
    assert ran.status == 2
    assert sentence in ran.err
