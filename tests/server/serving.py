"""A `saltus serve` of one's own, and answers held to the description it serves."""

import contextlib
import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import jsonschema


@contextlib.contextmanager
def serving(saltus, *arguments):
    """Runs `saltus serve ARGUMENTS --port 0`; gives its address. Ends it as Ctrl-C does."""
    command = [saltus, "serve", *map(str, arguments), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            raise RuntimeError(f"{' '.join(command)}: expected an address, found {line!r}")
        yield found.group()
    finally:
        process.terminate()
        code = process.wait(timeout=60)
        process.stdout.close()
    if code != 0:
        raise RuntimeError(f"{' '.join(command)}: ended with {code}")


class Api:
    """Asks, and checks status, media type and body against the OpenAPI document."""

    def __init__(self, url):
        self.url = url
        self.document = {}
        self.document = json.loads(self._ask("GET", "/v1/openapi.json", None, {})[2])
        self.asked = set()

    def _ask(self, method, target, body, headers):
        request = urllib.request.Request(self.url + target, data=body, method=method)
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as fault:
            return fault.code, fault.headers, fault.read()

    def _operation(self, method, path):
        for pattern, operations in self.document["paths"].items():
            regex = re.sub(r"\{[^}]*\}", "[^/]+", pattern)
            if re.fullmatch(regex, path) and method.lower() in operations:
                return pattern, operations[method.lower()]
        raise AssertionError(f"{method} {path} is not described")

    def _check(self, instance, schema):
        """Against `schema`, whose references point into the document."""
        jsonschema.Draft202012Validator(
            {**schema, "components": self.document["components"]}
        ).validate(instance)

    def _resolved(self, value):
        if "$ref" not in value:
            return value
        place = self.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        return place

    def ask(self, method, target, body=None, headers=None, status=200, valid=True):
        """The answer, parsed where it is JSON. `valid`: the request fits the description, too."""
        headers = dict(headers or {})
        path = urllib.parse.urlparse(target).path
        pattern, operation = self._operation(method, path)
        data = body
        if isinstance(body, (dict, list)):
            if valid:
                content = operation["requestBody"]["content"]["application/json"]
                self._check(body, content["schema"])
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        elif body is not None:
            headers.setdefault("Content-Type", "application/octet-stream")
        found, answered, text = self._ask(method, target, data, headers)
        assert found == status, f"{method} {target}: expected {status}, found {found}: {text[:300]}"
        responses = operation["responses"]
        response = self._resolved(responses.get(str(found), responses["default"]))
        media_type = answered.get_content_type()
        assert media_type in response["content"], f"{method} {target}: {media_type}"
        assert answered["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answered["Content-Security-Policy"]
        if found == 200:
            self.asked.add((method, pattern))
        if media_type != "application/json":
            return text
        parsed = json.loads(text)
        self._check(parsed, response["content"][media_type]["schema"])
        return parsed

    def get(self, target, **more):
        return self.ask("GET", target, **more)

    def post(self, target, body, **more):
        return self.ask("POST", target, body, **more)
