"""What the service counts of itself."""

import re

from biomatch.service.metrics import SECONDS, Metrics

LINE = re.compile(r'^([a-z_]+)(\{([a-z]+="[^"]*",?)*\})? (\d+(\.\d+)?(e[+-]\d+)?|\+Inf)$')


def values(text):
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


def test_every_line_is_as_prometheus_reads_it(api, enrolled):
    text = api.get("/metrics").text
    for line in text.splitlines():
        assert line.startswith(("# HELP biomatch_", "# TYPE biomatch_")) or LINE.match(line), line
    named = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    assert {
        re.sub("_(bucket|sum|count)$", "", re.split(r"[{ ]", line)[0]) for line in text.splitlines() if line[0] != "#"
    } <= named


def test_requests_are_counted_by_route_and_never_by_person(api, enrolled, sample_print):
    before = values(api.get("/metrics").text)
    api.get("/v1/persons/P01/encounters")
    api.get("/v1/persons/no%2Fbody/encounters")
    api.post("/v1/identify/ALL", files={"image": sample_print("P01-right-index_3")})
    text = api.get("/metrics").text
    after = values(text)
    for status in ("200", "404"):
        name = f'biomatch_requests_total{{method="GET",route="/v1/persons/{{personId}}/encounters",status="{status}"}}'
        assert after[name] == before.get(name, 0) + 1
    for stage in ("describe", "relaxed", "refine"):
        name = f'biomatch_search_stage_seconds_count{{stage="{stage}"}}'
        assert after[name] == before.get(name, 0) + 1
    assert after["biomatch_prints"] == after["biomatch_prints_searched"] >= 6
    assert after["biomatch_index_lag_records"] == 0
    waiting = ("extractions_waiting", "extractions_running", "commits_waiting")
    assert [after[f"biomatch_{name}"] for name in waiting] == [0, 0, 0]
    assert "biomatch_tasks_open" in after  # others may have begun some in this gallery
    assert "P01" not in text
    assert "body" not in text


def test_a_time_is_counted_in_every_bucket_that_holds_it():
    metrics = Metrics()
    for seconds in (0.001, 0.0011, 99.0):
        metrics.searched({"index": seconds})
    found = values(metrics.text({}))
    counts = [found[f'biomatch_search_stage_seconds_bucket{{stage="index",le="{end}"}}'] for end in (*SECONDS, "+Inf")]
    assert counts == [1, *[2] * (len(SECONDS) - 1), 3]
    assert found['biomatch_search_stage_seconds_sum{stage="index"}'] == 99.0021
