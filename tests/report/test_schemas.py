"""The JSON of the scripts is held to its schemas, on every small project of the tests."""

import json
import os

import jsonschema
import pytest

from backend_agent.facts import backend
from backend_agent.report import detection
from backend_agent.report import map as map_report
from backend_agent.repository.files import Repository
from backend_agent.stack.detect import detect

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROJECTS = sorted(name for name in os.listdir(os.path.join(HERE, "projects")) if os.path.isdir(os.path.join(HERE, "projects", name)))
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(detection.__file__)), "schemas")


def schema(name):
    with open(os.path.join(SCHEMAS, f"{name}.schema.json"), encoding="utf-8") as file:
        return json.load(file)


def repository(name):
    root = os.path.join(HERE, "projects", name)
    files = [os.path.relpath(os.path.join(d, n), root).replace(os.sep, "/") for d, _, names in os.walk(root) for n in names]
    return Repository(root, files)


def test_there_are_projects_to_walk():
    assert len(PROJECTS) > 10


@pytest.mark.parametrize("name", ["detection", "map"])
def test_a_schema_is_valid_itself(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", PROJECTS)
def test_detection_prints_what_its_schema_says(name):
    project = repository(name)
    content = json.loads(detection.as_json(detect(project), [str(p) for p in project.problems]))

    jsonschema.validate(content, schema("detection"))


@pytest.mark.parametrize("name", PROJECTS)
def test_the_map_prints_what_its_schema_says(name, monkeypatch, tmp_path):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path))
    project = repository(name)
    content = json.loads(json.dumps(map_report.as_json(backend.map_of(project), [str(p) for p in project.problems])))

    jsonschema.validate(content, schema("map"))


@pytest.mark.parametrize("name", PROJECTS)
def test_the_text_of_a_map_stays_within_its_budget(name, monkeypatch, tmp_path):
    monkeypatch.setenv("BACKEND_AGENT_CACHE", str(tmp_path))
    backends = backend.map_of(repository(name))

    assert len(map_report.as_text(backends, "", 1500)) <= 1500 + 200 * len(backends)
