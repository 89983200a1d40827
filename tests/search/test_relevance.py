"""The judged queries over a real strategy; floors below what was measured (docs/search.md)."""

import importlib.util
import json
from pathlib import Path

import pytest

from kts.search.synonyms import STARTING_GROUPS

TOOL = Path(__file__).resolve().parents[2] / "benchmarks" / "relevance" / "measure.py"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("measure_relevance", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_search_finds_what_was_judged(shared, tool):
    folder = shared / "data" / "strategies" / "ulm" / "strategie-2021"
    lines = (shared / "data" / "search-queries.jsonl").read_text(encoding="utf-8").splitlines()
    queries = [json.loads(line) for line in lines]
    rows = list(tool.pieces(folder))
    table, _seconds = tool.measure(tool.Engine(rows, "whoosh", STARTING_GROUPS), queries)
    plain, _seconds = tool.measure(tool.PlainBM25(rows), queries)

    def ndcg(results, kind):
        scores = results["file", kind]
        return sum(score[0] for score in scores) / len(scores)

    def recall(kind):
        scores = table["file", kind]
        return sum(score[2] for score in scores) / len(scores)

    assert ndcg(table, "all") >= 0.92
    assert ndcg(table, "keyword") >= 0.93
    assert ndcg(table, "question") >= max(0.83, ndcg(plain, "question"))
    assert recall("compound") >= 0.95
    assert recall("typo") >= 0.95


def test_the_tool_scores_as_the_measures_say(tool):
    grades = {"a": 2, "b": 1}
    assert tool.scores(["a", "b"], grades) == (1.0, 1.0, 1.0)
    assert tool.scores(["x", "y"], grades) == (0.0, 0.0, 0.0)
    ndcg, mrr, recall = tool.scores(["x", "a"], grades)
    assert (round(ndcg, 3), mrr, recall) == (0.521, 0.5, 0.5)
