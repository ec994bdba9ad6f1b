"""Whatever the API's own document allows, and much that it does not, is sent: nothing is ever an error of ours."""

from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.lanes import often

EXAMPLES = often(8)  # of each operation and mode


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_is_an_error_of_ours(api, enrolled, mode):
    described = schemathesis.openapi.from_url(f"{api.base_url}/openapi.json")
    asked = 0
    for found in described.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        def ask(case):
            nonlocal asked
            asked += 1
            answer = case.call(headers={"Authorization": api.headers["Authorization"]}, timeout=120)
            assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"

        with suppress(Unsatisfiable):  # an operation without parameters cannot be asked wrongly
            ask()
    assert asked > 100
