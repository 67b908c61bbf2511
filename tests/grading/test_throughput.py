"""The page's table of a cluster's throughput is what `bench/cluster.py` stored."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_table_on_the_page_is_the_stored_one():
    stored = json.loads((ROOT / "book/results/cluster.json").read_text("utf-8"))
    page = (ROOT / "book/teaching.md").read_text("utf-8")
    assert len(stored["rows"]) == 4
    for row in stored["rows"]:
        shown = (row["how"], row["first_result_s"], row["a_minute"], row["load_before"])
        assert f"| {' | '.join(map(str, shown))} |" in page
    assert f"{stored['submissions']} submissions" in page
    assert f"{stored['machine']['cores']} cores" in page
