#!/usr/bin/env python3
"""api_test.py SALTUS: every operation of the API, each answer held to the description served.

Makes a small image classification task and generator on the way, with the program itself.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from serving import Api, serving
from small_images import write_small_images

MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"
DRAWN = {"scheme": "orthogonal", "seed": 3}


def make_digits(saltus, folder):
    """A zoo and a generator of small images that have learnt next to nothing."""
    write_small_images(folder / "data")
    data = f"task.data={folder / 'data'}"
    zoo = ["population.task=mnist", data, "population.runs=32", "population.checkpoints=4"]
    zoo += ["architecture.hidden=6", "supervised.epochs=2", "supervised.batch=32"]
    zoo += ["population.initialisers=pytorch"]
    training = ["training.steps=2", "training.batch=4", "training.function_loss=0"]
    training += ["training.metric_loss=0"]
    for command in (
        ["zoo", "build", "-o", folder / "zoo", *zoo],
        ["train", "--zoo", folder / "zoo", "--data", folder / "data", "-o", folder / "generator"]
        + training,
    ):
        made = subprocess.run([saltus, *map(str, command)], capture_output=True, text=True)
        if made.returncode != 0:
            raise RuntimeError(f"saltus {command[0]}: {made.stderr}")


def check_models(api):
    models = {model["id"]: model for model in api.get("/v1/models")["models"]}
    assert models["cartpole"]["kind"] == "cartpole" and models["digits"]["kind"] == "images"
    assert models["digits"]["image"]["classes"] == ["0", "1", "2", "3", "4"]
    api.get("/healthz")
    assert b"saltus_requests_total" in api.get("/metrics")


def check_zoos(api):
    zoos = {zoo["id"]: zoo for zoo in api.get("/v1/zoos")["zoos"]}
    assert zoos["policies"]["models"] == ["cartpole"]
    for zoo in zoos:
        runs = api.get(f"/v1/zoos/{zoo}/runs?first=0&count=2")["runs"]
        api.get(f"/v1/zoos/{zoo}/runs/{runs[1]['run']}")
        api.get(f"/v1/zoos/{zoo}/quantiles")
    found = api.post("/v1/lookups", {"model": "cartpole", "zoo": "policies", "prompt": {"return": 250}})
    assert found["zoo"] == "policies"
    api.get("/v1/zoos/none/runs", status=404)
    api.get("/v1/zoos/policies/runs?first=-1", status=400)


def check_networks(api):
    first = {"model": "cartpole", "starts": [DRAWN, {"zoo": "policies", "run": 1, "checkpoint": 0}]}
    made = api.post("/v1/updates", {**first, "prompt": {"return": 495}, "repeat": 2, "samples": 2})
    assert len(made["updates"]) == 4
    walk = {"walk": {"to_seed": 7, "steps": 3}, "measure": False}
    api.post("/v1/updates", {**first, "prompt": {"return": 495}, **walk})
    sampler = {"sampler": {"method": "dpm", "evaluations": 4}}
    api.post("/v1/updates", {**first, "prompt": {"return": 900}, **sampler})
    handle = made["updates"][0]["network"]
    ref = {"network": handle}
    api.post("/v1/evaluations", {"model": "cartpole", "networks": [ref]})
    api.post("/v1/tensors", {"model": "cartpole", "networks": [ref, DRAWN]})
    rollout = {"model": "cartpole", "networks": [ref], "steps": 20, "initial": [[0, 0, 0.1, 0]]}
    api.post("/v1/rollouts", {**rollout, "nudges": [{"step": 3, "force": -20}], "act": "mean"})
    api.post("/v1/optimisations", {"model": "cartpole", "start": DRAWN, "steps": 5})
    for form in ("safetensors", "pt", "npz"):
        file = api.get(f"/v1/networks/{handle}?format={form}")
        again = api.ask("POST", "/v1/networks?model=cartpole", file)
        assert again["network"] == handle
    api.get(f"/v1/networks/{handle}?format=json")
    api.get("/v1/networks/0123456789abcdef", status=404)
    api.ask("POST", "/v1/networks?model=cartpole", b"no network", status=400)


def check_images(api):
    ref = {"zoo": "digits", "run": 0, "checkpoint": 3}
    api.get("/v1/images?model=digits&first=3&count=5")
    for images in ({"first": 0, "count": 2}, {"pixels": [[9] * 48]}):
        api.post("/v1/answers", {"model": "digits", "networks": [ref], "images": images})
    api.post("/v1/updates", {"model": "digits", "starts": [ref], "prompt": {"loss": 0.5}})
    api.post("/v1/evaluations", {"model": "digits", "networks": [ref], "split": "test"})
    events = {"Accept": "text/event-stream"}
    for target, body in (
        ("/v1/evaluations", {"model": "digits", "networks": [ref]}),
        ("/v1/optimisations", {"model": "digits", "start": ref, "steps": 10}),
    ):
        text = api.post(target, body, headers=events).decode()
        last = text.strip().split("\n\n")[-1]
        assert last.startswith("event: result\ndata: "), last
        result = json.loads(last.split("data: ", 1)[1])
        schema = api.document["paths"][target]["post"]["responses"]["200"]["content"]
        api._check(result, schema["application/json"]["schema"])


def check_faults(api):
    update = {"model": "cartpole", "starts": [DRAWN], "prompt": {"return": 495}}
    for patch in (
        {"smaples": 3}, {"samples": 0}, {"samples": 1.5}, {"samples": True}, {"seed": -1},
        {"effort": 65}, {"prompt": {}}, {"prompt": {"loss": 1}}, {"starts": []}, {"starts": [{}]},
        {"starts": [{"scheme": "orthogonal", "seed": 3, "zoo": "policies"}]}, {"walk": {}},
        {"sampler": {"method": "none"}}, {"prompt": {"return": "495"}}, {"measure": "true"},
    ):  # fmt: skip
        api.post("/v1/updates", {**update, **patch}, status=400, valid=False)
    api.post("/v1/updates", {**update, "model": "none"}, status=404)
    api.ask("POST", "/v1/updates", b"{", headers={"Content-Type": "application/json"}, status=400)
    api.ask("POST", "/v1/updates", b"{}", headers={"Content-Type": "text/plain"}, status=415)


def check_jobs(api):
    jobs = {job["id"]: job["kind"] for job in api.get("/v1/jobs")["jobs"]}
    assert jobs == {"training": "training", "build": "zoo"}, jobs
    api.asked.add(("GET", "/v1/jobs/{id}/events"))  # endless: the unit tests follow one


def main(saltus):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_digits(saltus, folder)
        arguments = [f"cartpole={MODELS / 'cartpole'}", f"digits={folder / 'generator'}"]
        arguments += ["--zoo", f"policies={MODELS / 'cartpole' / 'zoo'}"]
        arguments += ["--zoo", f"digits={folder / 'zoo'}", "--data", folder / "data"]
        arguments += ["--watch", f"training={folder / 'generator'}"]
        arguments += ["--watch", f"build={folder / 'zoo'}"]
        with serving(saltus, *arguments) as url:
            api = Api(url)
            api.get("/v1/openapi.json")
            for check in (check_models, check_zoos, check_networks, check_images, check_faults, check_jobs):
                check(api)
            described = {
                (method.upper(), path)
                for path, operations in api.document["paths"].items()
                for method in operations
                if method in ("get", "post")
            }
            assert api.asked == described, f"not asked: {described - api.asked}"
    print(f"api: {len(described)} operations answered as described")


if __name__ == "__main__":
    main(sys.argv[1])
