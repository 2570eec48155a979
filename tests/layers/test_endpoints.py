"""Fewer services in botocore's list are the same endpoints for those that are left."""

import json
from pathlib import Path

import botocore
import pytest
from botocore.exceptions import EndpointVariantError
from botocore.regions import EndpointResolver

from appsync.layers.endpoints import PATH, thin, thinned
from appsync.layers.tree import Tree

SERVICES = ("bedrock-runtime", "dynamodb", "s3", "sqs")
ALL = json.loads((Path(botocore.__file__).parent / "data/endpoints.json").read_text())
FULL, THIN = EndpointResolver(ALL), EndpointResolver(thinned(ALL))
type Variant = dict[str, bool]
VARIANTS: list[Variant] = [
    {},
    {"use_fips_endpoint": True},
    {"use_dualstack_endpoint": True},
    {"use_fips_endpoint": True, "use_dualstack_endpoint": True},
]
REGIONS = [(each["partition"], region) for each in ALL["partitions"] for region in each["regions"]]


def found(resolver: EndpointResolver, service: str, partition: str, region: str, variant: Variant) -> object:
    """What a client is told: an endpoint, none, or that there is none of this variant."""
    try:
        return resolver.construct_endpoint(service, region, partition, **variant)
    except EndpointVariantError as error:
        return error.kwargs


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_region_has_the_endpoint_it_had(service: str, variant: Variant) -> None:
    for partition, region in REGIONS:
        expected = found(FULL, service, partition, region, variant)
        assert found(THIN, service, partition, region, variant) == expected


@pytest.mark.parametrize("service", SERVICES)
def test_every_partition_has_the_regions_of_a_service_that_it_had(service: str) -> None:
    partitions = FULL.get_available_partitions()
    assert THIN.get_available_partitions() == partitions
    for name in partitions:
        assert THIN.get_available_endpoints(service, name) == FULL.get_available_endpoints(service, name)


def test_a_region_that_is_newer_than_the_list_has_the_partition_it_had() -> None:
    assert THIN.get_partition_for_region("eu-north-9") == FULL.get_partition_for_region("eu-north-9") == "aws"


def test_the_list_is_a_small_part_of_what_it_was(tmp_path: Path) -> None:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_text(json.dumps(ALL))
    tree = Tree(tmp_path, {PATH: "botocore"})
    thin(tree)
    [change] = tree.changes
    assert change.after < change.before / 5


def test_a_layer_without_the_list_is_left_as_it_is(tmp_path: Path) -> None:
    tree = Tree(tmp_path, {})
    thin(tree)
    assert not tree.changes
