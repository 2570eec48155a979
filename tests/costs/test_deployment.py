"""What a stage's settings mean for its costs."""

import json
from pathlib import Path

from chalice.config import Config

from appsync.costs.deployment import Deployment, Template


def written(tmp_path: Path, config: object) -> Path:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice/config.json").write_text(json.dumps(config))
    return tmp_path


def test_the_projects_own_stage_is_read() -> None:
    stage = Deployment.of("dev")
    assert stage.memory["resolve"] == 512
    assert stage.memory["ingest"] == 3008
    assert stage.chat_model == "amazon.nova-lite-v1:0"
    assert not stage.snap_start


def test_memory_is_looked_for_as_chalice_does(tmp_path: Path) -> None:
    functions = {"resolve": {"lambda_memory_size": 256}, "search": {"lambda_memory_size": 1024}}
    own = {"lambda_functions": {"search": {"lambda_memory_size": 2048}}, "lambda_memory_size": 900}
    config = {"lambda_functions": functions, "stages": {"dev": own}}
    found = {
        name: Config("dev", name, config_from_disk=config).lambda_memory_size
        for name in ("resolve", "search", "answer")
    }
    assert found == {"resolve": 900, "search": 2048, "answer": 900}
    assert Deployment.of("dev", app=written(tmp_path, config)).memory.items() >= found.items()


def test_a_stage_that_nobody_described_takes_the_settings_of_dev(tmp_path: Path) -> None:
    stages = {"dev": {"parameters": {"EmbeddingDimensions": 512}, "lambda_architecture": "arm64"}}
    stage = Deployment.of("other", app=written(tmp_path, {"stages": stages}))
    assert (stage.dimensions, stage.architecture, stage.memory["answer"]) == (512, "arm64", 128)
    assert stage.settings == "dev"


def test_alarms_are_made_for_those_who_are_told() -> None:
    assert Deployment.of("dev", {"AlarmEmail": ""}).alarms == 0
    watched = Deployment.of("dev", {"AlarmEmail": "ops@example.com", "MonthlyBudget": "50"})
    assert watched.alarms >= 10
    assert watched.budgets == 1


def test_models_that_are_not_asked_are_empty() -> None:
    plain = Deployment.of("dev")
    assert (plain.rerank_model, plain.ocr_model) == ("", "")
    given = {"RerankModel": "amazon.rerank-v1:0", "OcrModel": "amazon.nova-lite-v1:0"}
    asked = Deployment.of("dev", given)
    assert (asked.rerank_model, asked.ocr_model) == tuple(given.values())


def test_people_are_charged_by_the_plan_that_the_pool_names_or_cognitos_own() -> None:
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolTier": "LITE"}}
    assert Template({"Resources": {"Pool": pool}}).pool_plan() == "lite"
    assert Template({"Resources": {"Pool": {**pool, "Properties": {}}}}).pool_plan() == "essentials"


def test_log_lines_are_kept_for_as_long_as_the_template_says() -> None:
    assert Deployment.of("dev").log_days == 30
    assert Deployment.of("dev", {"LogRetentionDays": "7"}).log_days == 7


def test_conditions_are_read_as_cloudformation_reads_them() -> None:
    equal = {"Fn::Equals": [{"Ref": "A"}, "1"]}
    template = Template({"Parameters": {"A": {"Default": 1}}, "Conditions": {"Is": equal}})
    assert template.holds({"Fn::And": [{"Condition": "Is"}, equal]})
    assert template.holds({"Fn::Or": [{"Fn::Not": [equal]}, equal]})
    assert not Template(template.template, {"A": "2"}).holds({"Condition": "Is"})
