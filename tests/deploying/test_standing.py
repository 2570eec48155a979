"""Functions that stand and cannot become what is asked for are told of before anything is built."""

import json

from appsync.deploying import standing
from tests.deploying.conftest import World

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/riffle:1"
ROLE = "arn:aws:iam::000000000000:role/any"


def problems(world: World, image: str = "") -> list[str]:
    return [each.text for each in standing.problems(world.session, world.name, image)]


def test_functions_that_run_from_zips_do_not_become_images(world: World) -> None:
    assert problems(world, IMAGE) == []
    world.deploy()
    assert problems(world) == []
    (told,) = problems(world, IMAGE)
    assert told.startswith(f"The functions of {world.stack} run from zips, and CloudFormation cannot make")
    assert told.endswith(
        f"or `riffle destroy --stage {world.name}`, which keeps the data, and then this command does it"
    )


def test_functions_that_run_from_an_image_do_not_become_zips(world: World) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": {
        "FunctionName": f"{world.stack}-resolve", "PackageType": "Image", "Code": {"ImageUri": IMAGE},
        "Role": ROLE,
    }}  # fmt: skip
    client = world.session.client("cloudformation")
    template = json.dumps({"Resources": {"Resolve": function}})
    client.create_stack(StackName=world.stack, TemplateBody=template)
    client.get_waiter("stack_create_complete").wait(StackName=world.stack, WaiterConfig={"Delay": 1})
    (told,) = problems(world)
    assert f"run from the image {IMAGE}, and CloudFormation cannot make them run from zips" in told
    assert problems(world, IMAGE.replace(":1", ":2")) == []


def test_function_that_was_deleted_by_hand_is_missed(world: World) -> None:
    world.deploy()
    world.session.client("lambda").delete_function(FunctionName=f"{world.stack}-search")
    (told,) = problems(world)
    assert told.startswith(f"The function {world.stack}-search was deleted by hand, which CloudFormation")
