"""A short campaign of kills, and the stored one."""

import contextlib
import re

import kill_at_random as kills


def test_a_batch_that_is_killed_anywhere_ends_in_the_same_report(tmp_path):
    for parent in (tmp_path, *tmp_path.parents[:3]):
        with contextlib.suppress(OSError):  # a submission's user must get through
            parent.chmod(parent.stat().st_mode | 0o011)
    found = kills.campaign(6, seed=1, folder=tmp_path)
    assert [one["faults"] for one in found] == [[]] * 6
    assert any(one["phase"] != "not killed" for one in found)


def test_the_stored_campaign_is_whole_and_says_where_it_comes_from():
    text = kills.TABLE.read_text("utf-8")
    total, right = re.search(r"\| \*\*all\*\* \| (\d+) \| (\d+) \|", text).groups()
    assert total == right and int(total) >= 200
    assert re.search(r"commit [0-9a-f]{7,}, \d{4}-\d\d-\d\d", text)
