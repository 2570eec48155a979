"""A stage from nothing, again, changed, broken: against MiniStack, with functions that are nearly empty."""

import json
import zipfile
from pathlib import Path

import pytest

from appsync.deploying import buckets, probing, stacks
from appsync.deploying.deploying import deploy
from appsync.deploying.destroying import destroy
from appsync.deploying.errors import Busy, CannotStart, DeployError, PackagingFailed, StackFailed
from appsync.deploying.executing import Progress
from appsync.deploying.proposing import discard
from appsync.packaging import Json, package
from tests.deploying.conftest import World, progress, said


def test_new_stage_is_planned_then_deployed_and_its_functions_answer(world: World) -> None:
    proposal = world.plan()
    assert proposal.new
    assert {change.action for change in proposal.changes} == {"Add"}
    assert {"Resolve", "DocumentsTable", "IngestMapping"} <= {each.resource for each in proposal.changes}
    made = [each for each in progress(deploy(world.session, proposal)) if each.total == len(proposal.changes)]
    assert [each.done for each in made] == sorted(each.done for each in made)
    assert 60 < made[-1].done <= len(proposal.changes)
    assert stacks.outputs(world.session, world.stack)["BucketName"] in world.invoke("resolve")


def test_deploying_twice_changes_nothing(world: World) -> None:
    world.deploy()
    again = world.plan()
    assert (again.new, again.changes, again.change_set) == (False, (), None)
    assert progress(world.deploy()) == []


def test_changed_parameter_changes_what_depends_on_it_and_replaces_nothing(world: World) -> None:
    world.deploy()
    world.parameters["IngestConcurrency"] = "9"
    (change,) = world.plan().changes
    assert (change.action, change.resource) == ("Modify", "IngestMapping")
    assert change.replacement != "yes"
    assert change.properties == ("ScalingConfig",)
    world.deploy()
    assert stacks.parameters(world.session, world.stack)["IngestConcurrency"] == "9"


def test_changed_code_is_what_answers_afterwards(world: World) -> None:
    world.deploy()
    world.write("chalicelib/__init__.py", '"well"', '"better"')
    assert {change.properties for change in world.plan().changes} == {("Code",)}
    world.deploy()
    assert "better" in world.invoke("resolve")


def test_packages_stay_that_a_rollback_needs_and_those_before_them_go(world: World) -> None:
    world.deploy()
    first = world.packages()
    world.write("chalicelib/__init__.py", '"well"', '"better"')
    world.deploy()
    second = world.packages()
    world.write("chalicelib/__init__.py", '"better"', '"best"')
    world.deploy()
    third = world.packages()
    assert (len(first), len(second), len(third)) == (1, 2, 2)
    assert first < second
    assert not first & third


def test_layers_are_attached_to_the_functions_that_need_them(world: World, tmp_path: Path) -> None:
    layers = {name: layer(tmp_path, name) for name in ("runtime", "reading", "index")}
    world.deploy(layers=layers)
    attached = {name: world.layers(name) for name in ("resolve", "answer", "ingest")}
    assert attached == {
        "resolve": ["runtime"],
        "answer": ["runtime", "index"],
        "ingest": ["runtime", "reading", "index"],
    }
    assert world.plan(layers=layers).changes == ()


def impossible() -> dict[str, Json]:
    """The template with a resource in it that cannot be made."""
    lost: Json = {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": "us-east-1_nowhere"}}
    template = package()
    match template:
        case {"Resources": dict(resources)}:
            resources["Lost"] = lost
    return template


def layer(folder: Path, name: str) -> Path:
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"python/{name}_of_riffle.py"), "")
    return path


def test_update_that_cloudformation_cannot_make_is_rolled_back_and_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy()
    world.parameters["ChatModel"] = "other.model"
    with monkeypatch.context() as changed:
        changed.setattr("appsync.packaging.package", impossible)
        with pytest.raises(StackFailed, match=r"Lost: .*nowhere.* UPDATE_ROLLBACK_COMPLETE now") as failed:
            world.deploy()
    assert (failed.value.resource, failed.value.status) == ("Lost", 4)
    assert stacks.outputs(world.session, world.stack)["ChatModelId"] != "other.model"
    world.deploy()
    assert stacks.outputs(world.session, world.stack)["ChatModelId"] == "other.model"


def test_first_deployment_that_fails_leaves_nothing_that_the_next_one_trips_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr("appsync.packaging.package", impossible)
        with pytest.raises(StackFailed, match=r"it is ROLLBACK_COMPLETE now"):
            world.deploy()
    with pytest.raises(Busy, match="is ROLLBACK_COMPLETE"):
        world.plan()
    (told,) = said(world.settle())
    assert told == f"{world.stack} is ROLLBACK_COMPLETE and serves nobody: what there is of it is removed."
    world.deploy()
    assert "well" in world.invoke("resolve")


def test_code_that_does_not_start_is_replaced_by_what_was_there(world: World) -> None:
    world.deploy()
    world.write(
        "app.py", "import os\n", "import os\nimport strawberry\n"
    )  # here, and not where functions run
    with pytest.raises(CannotStart, match=r"resolve does not start: .*strawberry.* is what it was before"):
        world.deploy()
    assert "well" in world.invoke("resolve")
    world.write("app.py", "import strawberry\n", "")
    assert world.plan().changes == ()


def test_first_code_that_does_not_start_is_left_standing_with_what_to_do(world: World) -> None:
    world.write("app.py", "import os\n", "import os\nimport strawberry\n")
    with pytest.raises(
        CannotStart, match=rf"{world.stack} stands as it is, .* `riffle destroy --stage {world.name}"
    ):
        world.deploy()
    assert stacks.status(world.session, world.stack) == "CREATE_COMPLETE"
    world.write("app.py", "import strawberry\n", "")
    world.deploy()
    assert "well" in world.invoke("resolve")


def test_function_that_lambda_cannot_make_ready_is_broken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy()
    client = world.session.client("lambda")
    answer = client.get_function(FunctionName=f"{world.stack}-resolve")
    answer["Configuration"] |= {"State": "Failed", "StateReason": "no snapshot"}
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", lambda *_: answer)
    found = probing.first_broken(world.session, world.stack, ["resolve"], "")
    assert found == probing.Broken("resolve", "no snapshot")


def test_page_goes_and_comes_back_though_its_bucket_was_not_empty(world: World) -> None:
    world.parameters["Page"] = "present"
    world.deploy()
    bucket = stacks.outputs(world.session, world.stack)["PageBucketName"]
    world.session.client("s3").put_object(Bucket=bucket, Key="index.html", Body=b"page")
    world.parameters["Page"] = "absent"
    assert "The page is taken down: 1 files are gone." in said(world.deploy())
    assert buckets.presence(world.session, bucket) == "absent"
    world.parameters["Page"] = "present"
    world.deploy()
    assert buckets.presence(world.session, bucket) == "ours"


def test_code_that_chalice_cannot_import_is_refused_before_anything_is_asked_of_aws(world: World) -> None:
    world.write("app.py", "import os\n", "import nowhere\n")
    with pytest.raises(PackagingFailed, match=r"chalice package --stage .* failed: .*nowhere"):
        world.plan()
    assert world.session.client("s3").list_buckets(Prefix=f"{world.stack}-")["Buckets"] == []


def test_plan_that_is_discarded_leaves_nothing(world: World) -> None:
    discard(world.session, world.plan())
    assert stacks.status(world.session, world.stack) is None
    assert world.session.client("s3").list_buckets(Prefix=f"{world.stack}-")["Buckets"] == []


def test_plan_that_nobody_carried_out_is_in_nobodys_way(world: World) -> None:
    world.plan()
    assert list(world.settle()) == []
    assert world.plan().new


def test_deployment_that_was_interrupted_is_waited_for_and_needs_nothing_more(world: World) -> None:
    started = world.begin()
    assert next(event for event in started if isinstance(event, Progress))
    del started
    list(world.settle())
    world.deploy()
    assert world.plan().changes == ()
    assert "well" in world.invoke("resolve")


def test_bucket_whose_making_was_interrupted_is_protected_by_the_next_deployment(world: World) -> None:
    bucket, client = f"{world.stack}-deployments-000000000000-us-east-1", world.session.client("s3")
    client.create_bucket(Bucket=bucket)
    world.deploy()
    assert "EncryptedTransportOnly" in client.get_bucket_policy(Bucket=bucket)["Policy"]


def test_bucket_of_packages_is_private_encrypted_and_for_tls_alone(world: World) -> None:
    bucket, client = world.plan().bucket, world.session.client("s3")
    assert bucket == f"{world.stack}-deployments-000000000000-us-east-1"
    assert all(client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    (statement,) = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    (rule,) = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Status"] == "Enabled"


def test_changed_parameter_reaches_the_alias_of_functions_with_snapshots(world: World) -> None:
    world.parameters["SnapStart"] = "on"
    world.deploy()
    world.parameters["ChatModel"] = "other.model"
    world.deploy()
    client = world.session.client("lambda")
    found = client.get_function_configuration(FunctionName=f"{world.stack}-answer", Qualifier="live")
    assert found["Environment"]["Variables"]["RIFFLE_CHAT_MODEL"] == "other.model"
    assert world.plan().changes == ()


def test_what_was_set_by_hand_is_told_before_it_goes_back(world: World) -> None:
    world.parameters |= {"AnswerConcurrency": "7", "IngestConcurrency": "9"}
    world.deploy()
    del world.parameters["AnswerConcurrency"]
    world.parameters["IngestConcurrency"] = "8"
    assert {note for note in world.plan().notes() if " was " in note} == {
        "IngestConcurrency was 9 and becomes 8, as this command says.",
        (
            "AnswerConcurrency was 7 and becomes 50, its default; to keep it, write it into "
            ".chalice/config.json or give --parameter again."
        ),
    }


def test_plan_warns_when_the_packages_of_what_runs_are_gone(world: World) -> None:
    world.deploy()
    world.write("chalicelib/__init__.py", '"well"', '"better"')
    assert not world.plan().lost
    for _ in buckets.empty(world.session, world.plan().bucket):
        pass
    proposal = world.plan()
    assert proposal.lost
    assert any("if this fails, AWS cannot bring that back" in note for note in proposal.notes())


def test_code_that_does_not_start_and_cannot_be_taken_back_is_said_to_be_what_runs(world: World) -> None:
    world.deploy()
    for _ in buckets.empty(world.session, world.plan().bucket):
        pass
    world.write("app.py", "import os\n", "import os\nimport strawberry\n")
    with pytest.raises(CannotStart, match=r"resolve does not start: .* could not be brought back .* failed"):
        world.deploy()


def test_plan_that_somebody_else_has_overtaken_is_not_carried_out(world: World) -> None:
    world.deploy()
    world.write("chalicelib/__init__.py", '"well"', '"better"')
    mine = world.plan()
    discard(world.session, world.plan())
    assert mine.change_set
    world.session.client("cloudformation").delete_change_set(
        StackName=world.stack, ChangeSetName=mine.change_set.name
    )
    with pytest.raises(Busy, match=f"planned for {world.stack} holds no more, since somebody else"):
        list(deploy(world.session, mine))


def test_plan_that_fails_as_somebody_else_removes_the_stage_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deploy()

    def meanwhile(*_: object) -> None:
        list(destroy(world.session, world.name))
        raise DeployError("Stack does not exist")

    monkeypatch.setattr("appsync.deploying.proposing._worked_out", meanwhile)
    with pytest.raises(Busy, match=r"was CREATE_COMPLETE and is gone now: somebody else is changing it"):
        world.plan()


def test_upload_that_s3_refuses_is_one_sentence(world: World, tmp_path: Path) -> None:
    path = layer(tmp_path, "index")
    with pytest.raises(DeployError, match=r"s3:\w+ failed: The specified bucket does not exist"):
        list(buckets.upload(world.session, "riffle-nowhere", [("index/x.zip", path)]))


def test_upload_tells_how_far_it_is(world: World, tmp_path: Path) -> None:
    world.session.client("s3").create_bucket(Bucket="riffle-uploads")
    path = tmp_path / "index.zip"
    path.write_bytes(bytes(3_000_000))
    told = list(buckets.upload(world.session, "riffle-uploads", [("index/x.zip", path)]))
    assert told[0] == buckets.Upload("index", told[0].sent, 3_000_000)
    assert told[-1] == buckets.Upload("index", 3_000_000, 3_000_000, done=True)
    assert list(buckets.upload(world.session, "riffle-uploads", [("index/x.zip", path)])) == []
