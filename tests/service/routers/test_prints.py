"""The routes of single prints: read, shown, handed back, deleted."""

from biomatch.template import Template


def test_a_single_print_is_read_shown_and_deleted(api, sample_print):
    original = sample_print("P06-right-index_1")
    made = api.post("/v1/persons/P06/encounters", files={"image": original}).json()["biometricData"][0]
    path = f"/v1/prints/{made['printId']}"
    detail = api.get(path).json()
    assert detail["personId"] == "P06"
    assert len(detail["minutiae"]) == made["minutiaeCount"]
    assert all(0 <= minutia["x"] <= detail["width"] and 0 <= minutia["y"] <= detail["height"] for minutia in detail["minutiae"])
    assert api.get(f"{path}/original").content == original
    picture = api.get(f"{path}/picture")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert api.delete(path).status_code == 204
    for answer in (api.get(path), api.get(f"{path}/picture"), api.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (404, "print-not-found")


def test_a_template_has_no_picture(api, enrolled):
    (first, *_) = api.get("/v1/persons/P01/encounters/first/templates", params={"templateFormat": "BIOMATCH"}).json()
    body = {"biometricData": [{"template": first["template"]}]}
    made = api.post("/v1/persons/P07/encounters", json=body).json()["biometricData"][0]
    assert made["biometricSubType"] == "RIGHT_INDEX"
    answer = api.get(f"/v1/prints/{made['printId']}/picture")
    assert (answer.status_code, answer.json()["code"]) == (404, "original-not-kept")
    assert Template.from_bytes(api.get(f"/v1/prints/{made['printId']}/original").content)
    api.delete("/v1/persons/P07")


def test_an_original_is_handed_back_as_a_file_and_never_as_a_page(api, enrolled):
    """Its bytes are whatever somebody sent."""
    (first, *_) = enrolled["P01"]["biometricData"]
    answer = api.get(f"/v1/prints/{first['printId']}/original")
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["content-type"] == "image/png"
