"""A stage's settings are checked before anything is asked of AWS, in sentences that name what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from appsync.deploying import stages
from appsync.deploying.errors import BadStage
from tests.conftest import ROOT
from tests.deploying.conftest import APP

type Section = dict[str, Any]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / ".chalice").mkdir()
    return tmp_path


def written(app: Path, **stage: object) -> Path:
    """The project with this as its stage dev, beside two functions."""
    functions = {"resolve": {"lambda_timeout": 25}, "search": {}}
    config = {"lambda_functions": functions, "stages": {"dev": stage}}
    stages.config_path(app).write_text(json.dumps(config))
    return app


def test_stage_that_is_not_written_down_takes_the_settings_of_dev(app: Path) -> None:
    found = stages.read(written(app, parameters={"ChatModel": "some.model"}), "prod")
    assert (found.name, found.settings, found.stack) == ("prod", "dev", "riffle-prod")
    assert found.parameters == {"ChatModel": "some.model"}
    assert found.functions == ("resolve", "search")


def test_the_projects_own_configuration_is_accepted_for_every_stage_in_it() -> None:
    app = ROOT / "chalice_app"
    for name in stages.configuration(app)["stages"]:
        assert stages.read(app, name).functions == ("resolve", "search", "ingest", "answer", "maintain")


def test_numbers_may_be_written_as_numbers_and_become_the_text_that_cloudformation_takes(app: Path) -> None:
    found = stages.read(written(app, parameters={"AnswerConcurrency": 100, "LogRetentionDays": 7}), "dev")
    assert found.parameters == {"AnswerConcurrency": "100", "LogRetentionDays": "7"}


def test_parameters_of_the_command_line_go_before_those_of_the_file_and_are_checked_too(app: Path) -> None:
    written(app, parameters={"ChatModel": "a.model"})
    assert stages.read(app, "dev", {"ChatModel": "another.model"}).parameters == {
        "ChatModel": "another.model"
    }
    with pytest.raises(BadStage, match="--parameter: the parameter Page is 'maybe'; allowed are"):
        stages.read(app, "dev", {"Page": "maybe"})


@pytest.mark.parametrize("name", ["Prod", "1st", "a-b", "", "morethantwelve", "dev\n"])
def test_name_that_cannot_name_resources_is_refused(app: Path, name: str) -> None:
    with pytest.raises(BadStage, match="is no name of a stage"):
        stages.read(written(app), name)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"parameters": {"Chatmodel": "x"}}, "Stage dev: Chatmodel is no parameter; there are .*ChatModel"),
        ({"parameters": {"Stage": "x"}}, "Stage dev: the parameter Stage is not set by hand"),
        ({"parameters": {"Page": "yes"}}, "the parameter Page is 'yes'; allowed are 'present', 'absent'"),
        ({"parameters": {"IngestConcurrency": 1}}, "IngestConcurrency is '1'; .* from 2 to 1000"),
        ({"parameters": {"IngestConcurrency": "many"}}, "IngestConcurrency is 'many'; .* whole number"),
        ({"parameters": {"MonthlyBudget": 2.5}}, "MonthlyBudget is 2.5; it has to be text or a whole number"),
        ({"parameters": {"AlarmEmail": "nobody"}}, "AlarmEmail is 'nobody'; it has to match"),
        ({"paramters": {}}, "Stage dev: paramters is no setting; there are .*parameters"),
        ({"lambda_architecture": "arm"}, "lambda_architecture is 'arm'; allowed are x86_64 and arm64"),
        ({"lambda_functions": {"resolve": {"lambda_timeout": 30}}}, "lambda_timeout is 30; .* from 1 to 29"),
        ({"lambda_functions": {"search": {"lambda_timeout": 20}}}, "lambda_timeout is 20; .* from 21 to 29"),
        ({"lambda_functions": {"answer": {"lambda_timeout": 301}}}, "lambda_timeout is 301; .* 21 to 300"),
        ({"lambda_timeout": 60}, "function resolve: lambda_timeout is 60; .* 1 to 29"),
        ({"lambda_functions": {"other": {"lambda_timeout": 901}}}, "function other: .* from 1 to 900"),
        ({"lambda_functions": {"search": {"lambda_memory_size": 64}}}, "search: lambda_memory_size is 64"),
        ({"lambda_functions": {"search": {"memory": 64}}}, "search: memory is no setting; there are"),
        ({"environment_variables": {"LEVEL": 1}}, "Stage dev: the variable LEVEL is 1; it has to be text"),
        ({"environment_variables": {"RIFFLE_BUKET": "b"}}, "read no RIFFLE_BUKET; .* RIFFLE_BUCKET"),
        ({"lambda_functions": {"search": []}}, r"the function search is \[\]; it has to be an object"),
        ({"lambda_functions": []}, "lambda_functions is .*; it has to be an object"),
        ({"parameters": []}, "parameters is .*; it has to be an object"),
        ({"environment_variables": 5}, "environment_variables is 5; it has to be an object"),
        ({"layers": "arn"}, 'layers is "arn"; it has to be a list of texts'),
        ({"tags": {"a": 1}}, "tags is .*; it has to be an object of texts"),
        ({"xray": "yes"}, 'xray is "yes"; it has to be true or false'),
    ],
)  # fmt: skip
def test_setting_that_is_not_accepted_is_named_with_what_is(
    app: Path, section: Section, sentence: str
) -> None:
    with pytest.raises(BadStage, match=sentence):
        stages.read(written(app, **section), "dev")


def test_configuration_that_is_missing_or_no_json_is_named(app: Path) -> None:
    with pytest.raises(BadStage, match=r"config\.json cannot be read: No such file"):
        stages.read(app, "dev")
    stages.config_path(app).write_text("{")
    with pytest.raises(BadStage, match=r"config\.json is not JSON"):
        stages.read(app, "dev")


def test_other_python_than_the_layers_are_built_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        major, minor = 3, 11

    monkeypatch.setattr("appsync.deploying.stages.sys.version_info", Old)
    with pytest.raises(BadStage, match=r"This is Python 3\.11; deploy with 3\.12 or 3\.13"):
        stages.read(APP, "dev")


@pytest.mark.parametrize("stage", [[], "x", None])
def test_stage_that_is_no_object_is_refused(app: Path, stage: object) -> None:
    config = {"lambda_functions": {"resolve": {}}, "stages": {"dev": stage}}
    stages.config_path(app).write_text(json.dumps(config))
    with pytest.raises(BadStage, match=r"Stage dev is .*; it has to be an object\."):
        stages.read(app, "dev")


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"bogus": 1}, "The configuration: bogus is no setting; there are .*app_name"),
        ({"app_name": "other"}, 'app_name is "other"; it has to be "riffle", which the names of functions'),
        (
            {"lambda_functions": {"resolve": 5}},
            "The configuration: the function resolve is 5; it has to be an object",
        ),
    ],
)
def test_what_is_said_of_all_stages_is_looked_at_too(app: Path, setting: Section, sentence: str) -> None:
    stages.config_path(app).write_text(json.dumps({"stages": {"dev": {}}, **setting}))
    with pytest.raises(BadStage, match=sentence):
        stages.read(app, "dev")
