#!/usr/bin/env python3
"""malformed.py URL SECONDS [SEED]: requests that are wrong in every way, for as long as given.

Broken heads, bodies cut short or too long, requests mutated byte by byte and value by value,
damaged network files, clients that leave. Fails when the server answers with a status of 5xx other
than 503, or stops answering.
"""

import json
import random
import socket
import sys
import time
import urllib.parse

HANDLE = "0123456789abcdef"
DRAWN = {"scheme": "orthogonal", "seed": 3}
RECORDED = {"zoo": "policies", "run": 1, "checkpoint": 0}
# Cheap ones: what is looked for is how they are read.
BODIES = {
    "/v1/updates": {
        "model": "cartpole", "starts": [DRAWN, RECORDED, {"network": HANDLE}],
        "prompt": {"return": 495}, "start_metric": {"return": 12}, "samples": 2, "seed": 3,
        "repeat": 1, "keep_better": False, "measure": False, "effort": 64,
        "sampler": {"method": "ddim", "evaluations": 1, "eta": 0, "stop_at": 0},
        "walk": {"to_seed": 7, "steps": 2}, "candidates": 1,
    },
    "/v1/evaluations": {"model": "cartpole", "networks": [DRAWN], "split": "test", "effort": 64, "seed": 1},
    "/v1/optimisations": {"model": "cartpole", "start": DRAWN, "steps": 1, "seed": 1},
    "/v1/lookups": {"model": "cartpole", "zoo": "policies", "prompt": {"return": 300}},
    "/v1/tensors": {"model": "cartpole", "networks": [DRAWN]},
    "/v1/rollouts": {
        "model": "cartpole", "networks": [DRAWN], "seed": 1, "episodes": 1, "steps": 5, "act": "mean",
        "initial": [[0, 0, 0.1, 0]], "nudges": [{"step": 1, "force": 5}],
    },
    "/v1/answers": {"model": "digits", "networks": [DRAWN], "images": {"first": 0, "count": 1}},
}  # fmt: skip
TARGETS = [
    "/", "/healthz", "/metrics", "/v1/openapi.json", "/v1/models", "/v1/zoos",
    "/v1/zoos/policies/runs?first=0&count=3", "/v1/zoos/policies/runs/1",
    "/v1/zoos/policies/quantiles", f"/v1/networks/{HANDLE}?format=pt", "/v1/jobs",
    "/v1/images?model=digits&first=0&count=2", "/assets/none.js", "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", "/v1/jobs/%2e%2e/events",
]  # fmt: skip
ODD = [
    None, True, False, 0, -1, 1, 64, 1e308, -1e308, 1.5, 2**53, 2**63, 2**64, -(2**63), "", "x", "return",
    "\u0000", "\ud800", "é" * 300, [], {}, [[]], [None], {"a": {}}, [[1, 2, 3]] * 40, "../../etc/passwd",
]  # fmt: skip


def mutated_value(value, chance):
    """A copy in which some values, at any depth, are odd ones, gone, or repeated."""
    if chance.random() < 0.08:
        return chance.choice(ODD)
    if isinstance(value, dict):
        out = {k: mutated_value(v, chance) for k, v in value.items() if chance.random() > 0.05}
        if chance.random() < 0.05:
            out[chance.choice(["x", "smaples", "", "model "])] = chance.choice(ODD)
        return out
    if isinstance(value, list):
        out = [mutated_value(v, chance) for v in value]
        return out * chance.choice([0, 2, 100]) if chance.random() < 0.05 else out
    return value


def mutated_bytes(data, chance, changes):
    data = bytearray(data)
    for _ in range(changes):
        kind, at = chance.randrange(4), chance.randrange(len(data) + 1)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
        elif kind == 2:
            del data[at : at + chance.randrange(1, 9)]
        else:
            end = chance.randrange(at, len(data) + 1)
            data[at:at] = data[at:end][:4000]
    return bytes(data)


def head(method, target, headers):
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Fuzzer:
    def __init__(self, url, seed):
        self.address = urllib.parse.urlparse(url)
        self.chance = random.Random(seed)
        self.statuses = {}
        self.files = [self.file(form) for form in ("safetensors", "pt", "npz")]

    def file(self, form):
        """A network as a file, to be damaged."""
        body = json.dumps({"model": "cartpole", "starts": [DRAWN], "prompt": {"return": 400}}).encode()
        answer = self.send(self.post("/v1/updates", body), patience=30)
        handle = json.loads(answer.split(b"\r\n\r\n", 1)[1])["updates"][0]["network"]
        answer = self.send(head("GET", f"/v1/networks/{handle}?format={form}", {"Connection": "close"}))
        return answer.split(b"\r\n\r\n", 1)[1]

    def post(self, target, body, kind="application/json", length=None):
        length = len(body) if length is None else length
        headers = {"Content-Type": kind, "Content-Length": length, "Connection": "close"}
        return head("POST", target, headers) + body

    def send(self, data, patience=10.0, leave=False):
        """What comes back until the server closes; nothing when it does not answer in time."""
        answer = b""
        with socket.create_connection((self.address.hostname, self.address.port), timeout=10) as s:
            s.settimeout(patience)
            try:
                s.sendall(data)
                while not leave and (part := s.recv(1 << 16)):
                    answer += part
            except (TimeoutError, ConnectionError):
                pass
        return answer

    def one(self):
        chance = self.chance
        kind = chance.randrange(8)
        if kind <= 2:  # values of the wrong kind
            target = chance.choice(list(BODIES))
            body = json.dumps(mutated_value(BODIES[target], chance)).encode()
            return self.post(target, body)
        if kind == 3:  # no JSON any more
            target = chance.choice(list(BODIES))
            body = mutated_bytes(json.dumps(BODIES[target]).encode(), chance, chance.randrange(1, 9))
            return self.post(target, body)
        if kind == 4:  # a damaged file
            body = chance.choice(self.files)
            body = mutated_bytes(body, chance, chance.randrange(1, 20))
            body = body[: chance.randrange(len(body) + 1)] if chance.random() < 0.3 else body
            return self.post("/v1/networks?model=cartpole", body, "application/octet-stream")
        if kind == 5:  # a damaged request
            whole = chance.choice(
                [
                    head("GET", chance.choice(TARGETS), {"Connection": "close"}),
                    self.post("/v1/tensors", json.dumps(BODIES["/v1/tensors"]).encode()),
                ]
            )
            return mutated_bytes(whole, chance, chance.randrange(1, 12))
        if kind == 6:  # odd methods, targets and headers
            method = chance.choice(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "G" * 99, "get"])
            target = chance.choice(TARGETS) + chance.choice(["", "?", "?a", "&&", "?x=" + "y" * 3000, "%", "#"])
            odd = chance.choice(
                [
                    {}, {"Range": "bytes=" + "0-," * 900}, {"X": "y" * 9000}, {"X": "y" * 20000},
                    {"Accept-Encoding": "br, gzip"}, {"Expect": "100-continue"}, {"Cookie": "=;" * 2000},
                    {"Last-Event-ID": "9" * 400}, {"Origin": "null"}, {"Upgrade": "websocket"},
                    {"Content-Length": "-1"}, {"Content-Length": "5"}, {"Content-Encoding": "gzip"},
                    {f"H{i}": i for i in range(400)},
                ]
            )  # fmt: skip
            return head(method, target, {"Connection": "close", **odd})
        # A body that is shorter or longer than it says, or in chunks.
        body = json.dumps(BODIES["/v1/tensors"]).encode()
        if chance.random() < 0.3:
            headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
            return head("POST", "/v1/tensors", headers) + b"ffffffff\r\n" + body
        length = chance.choice([0, 1, len(body) - 1, len(body) + 3, 10**9, 10**19])
        return self.post("/v1/tensors", body, length=length)

    def check(self, request, answer):
        if not answer.startswith(b"HTTP/1.1 "):
            self.statuses["none"] = self.statuses.get("none", 0) + 1
            return
        status = int(answer[9:12])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status >= 500 and status != 503:
            raise SystemExit(f"status {status} for {request[:2000]!r}:\n{answer[:2000]!r}")

    def run(self, seconds):
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            request = self.one()
            leave = self.chance.random() < 0.05
            self.check(request, self.send(request, patience=3, leave=leave))
            count += 1
            if count % 50 == 0:
                answer = self.send(head("GET", "/healthz", {"Connection": "close"}))
                if b'"ok"' not in answer:
                    raise SystemExit(f"the server no longer answers, after {request[:2000]!r}")
        return count


def main(url, seconds, seed="1"):
    fuzzer = Fuzzer(url, int(seed))
    count = fuzzer.run(float(seconds))
    print(f"malformed: {count} requests, seed {seed}, statuses {dict(sorted(fuzzer.statuses.items(), key=str))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
