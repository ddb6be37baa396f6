"""check_openapi.py URL: asks a running gateway what its own OpenAPI document says it can be asked, and holds each answer against
its schema. Prints a line an operation; fails where one does not fit or was left out."""
import json
import sys
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator

url = sys.argv[1]


def ask(method, target, body=None, content_type=None):
    request = urllib.request.Request(url + target, method=method, data=body)
    if content_type:
        request.add_header("Content-Type", content_type)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers.get("Content-Type") or "", answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers.get("Content-Type") or "", answer.read()


status, _, text = ask("GET", "/api/v1/openapi.json")
assert status == 200, status
document = json.loads(text)
for name, schema in document["components"]["schemas"].items():
    Draft202012Validator.check_schema(schema)

# What is asked beside the bare path, and what must come; several an operation. A body is JSON unless it is text.
reading = [{"topic": "plant/a", "field": "/level", "v": 21.5}, {"topic": "plant/b", "payload": "open"}]
ASKED = {
    "postReadings": [("", reading, 202), ("", [{"topic": "a/#", "v": 1}], 400), ("", "text", 415)],
    "postInflux1": [("?db=x", "cpu,host=a idle=1.5", 204), ("?db=x", "nonsense", 400), ("", "cpu idle=1", 400)],
    "postInflux2": [("?bucket=x", "cpu,host=a idle=2.5", 204), ("?bucket=x", "cpu idle=1\nnonsense", 400)],
    "getSeries": [("", None, 200), ("?limit=1", None, 200), ("?topic=plant/%23", None, 200), ("?limit=0", None, 400)],
    "getHistory": [("?series=1", None, 200), ("?series=1,2,3&points=1", None, 200), ("?series=x", None, 400), ("", None, 400)],
    "getExport": [("", None, 200), ("?format=ndjson", None, 200), ("?format=xls", None, 400)],
    "getDevices": [("", None, 200), ("?state=online", None, 200), ("?state=x", None, 400)],
    "getGaps": [("", None, 200), ("?limit=0", None, 400)],
    "getAlarms": [("", None, 200), ("?state=history", None, 200), ("?state=x", None, 400)],
    "postAcknowledgement": [("{id}=1", {"by": "Ann"}, 200), ("{id}=999", {}, 404), ("{id}=1", "text", 415)],
    "getMessages": [("?topic=%23", None, 200), ("", None, 400)],
    "postDecode": [("", {"topic": "a", "payload": "21.5"}, 200), ("", "text", 415), ("", {}, 400)],
    "getTrace": [("", None, 200)],
    "postTrace": [("?topic=plant/%23&seconds=1", None, 202), ("?topic=plant/%23", None, 409), ("", None, 400)],
    "getCommands": [("", None, 200), ("?limit=0", None, 400)],
    "postCommand": [("", {"topic": "cmnd/x", "payload": "ON", "id": "1"}, 202), ("", {"topic": "cmnd/x", "payload": "ON", "id": "1"}, 200),
                    ("", {"topic": "other", "payload": "ON"}, 403), ("", {"topic": "cmnd/x"}, 400), ("", "text", 415)],
    "postUpstreamRetry": [("?id=cloud", None, 204), ("?id=none", None, 404)],
    "getDeadLetters": [("{name}=cloud", None, 200)],
    "postDeadLetters": [("{name}=cloud", None, 202)],
    "getStream": [("?topic=%23%23", None, 400)],  # what streams is tried by the tests of the live protocol
    "getLive": [("", None, 426)],
    # The gateway that is asked has no accounts, and speaks plain HTTP.
    "getAuthority": [("", None, 404)],
    "postSession": [("", {"user": "x", "password": "x"}, 404)],
    "deleteSession": [("", None, 404)],
    "postPassword": [("", {"password": "x", "new": "x"}, 404)],
    "getSetup": [("", None, 404)],
    "postSetup": [("", {}, 404)],
    "getUsers": [("", None, 404)],
    "postUser": [("", {}, 404)],
    "patchUser": [("{name}=x", {}, 404)],
    "deleteUser": [("{name}=x", None, 404)],
    "deleteUserSessions": [("{name}=x", None, 404)],
    "getTokens": [("", None, 404)],
    "postToken": [("", {}, 404)],
    "deleteToken": [("{id}=x", None, 404)],
    "getAudit": [("", None, 404)],
}
AT_FIRST = ["postReadings", "postInflux1", "postInflux2", "postTrace", "postCommand"]


def target_of(path, more):
    if not more.startswith("{"):
        return path + more
    name, value = more.split("=", 1)
    return path.replace(name, value)


faults = []


def check(path, method, operation, more, body, wanted):
    is_text = isinstance(body, str)
    data = None if body is None else body.encode() if is_text else json.dumps(body).encode()
    if method == "post" and data is None:
        data = b""
    got, kind, answer = ask(method.upper(), target_of(path, more), data, "text/plain" if is_text else "application/json")
    where = f"{method.upper()} {target_of(path, more)}"
    print(f"{where}: {got}")
    if got != wanted:
        faults.append(f"{where}: {got} instead of {wanted}: {answer[:300]!r}")
    described = operation["responses"].get(str(got))
    if described is None:
        return faults.append(f"{where}: {got} is not described")
    contents = described.get("content", {})
    kind = kind.split(";")[0]
    if bool(contents) != bool(answer) or (contents and kind not in contents):
        return faults.append(f"{where}: {got} came as {kind!r}, described is {list(contents)}")
    if not contents or "json" not in kind or "ndjson" in kind:
        return None
    schema = {"components": document["components"], **contents[kind]["schema"]}
    for error in Draft202012Validator(schema).iter_errors(json.loads(answer)):
        faults.append(f"{where}: {got}: {error.json_path}: {error.message[:300]}")
    return None


operations = [
    (path, method, operation)
    for path, entry in document["paths"].items()
    for method, operation in entry.items()
    if method != "parameters"
]
operations.sort(key=lambda one: AT_FIRST.index(one[2]["operationId"]) if one[2]["operationId"] in AT_FIRST else len(AT_FIRST))
for path, method, operation in operations:
    for more, body, wanted in ASKED.get(operation["operationId"], [("", None, 200)]):
        check(path, method, operation, more, body, wanted)
print("\n".join(faults) or f"{len(operations)} operations are as described")
sys.exit(bool(faults))
