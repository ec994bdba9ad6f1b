"""The routes that tell how the service is."""

from types import SimpleNamespace

from biomatch.bureau import Actor, open_gallery
from biomatch.errors import StoreFailed
from biomatch.service import create_app


def test_whether_the_service_is_well_is_told_to_everybody(api):
    for path in ("/healthz", "/readyz"):
        answer = api.get(path, headers={"Authorization": ""})
        assert (answer.status_code, answer.json().keys()) == (200, {"status", "version"})  # and nothing of the gallery


def test_a_service_that_cannot_take_requests_says_why(serving, tmp_path, monkeypatch):
    with open_gallery(tmp_path / "gallery", workers=1) as bureau, serving(create_app(bureau)) as client:
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
        assert "1 MB left" in answer.json()["detail"]
        assert client.get("/healthz").status_code == 200


def test_what_is_counted_is_read_by_prometheus_and_only_by_who_may(api, bureau):
    assert api.get("/metrics").headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = bureau.access.create_token("post 7", Actor("tester", "test"), scopes=["abis.identify"])[1]
    answer = api.get("/metrics", headers={"Authorization": f"Bearer {text}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


def test_a_service_whose_database_does_not_answer_is_not_well(api, bureau, monkeypatch):
    def lost(_actor):
        raise StoreFailed("a folder", "gone")

    monkeypatch.setattr(bureau.upkeep, "alive", lost)
    answer = api.get("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-failed")
