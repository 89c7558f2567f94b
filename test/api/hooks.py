"""What the API document cannot say and Schemathesis has to know to make up requests that are meant to be right."""

import schemathesis
from hypothesis import strategies as st

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(duration):
    if duration == "0":
        return 0
    amount = duration.rstrip("dhms")
    return int(float(amount) * UNITS[duration[len(amount):]])


def durations(least, most):
    name = f"duration-{least}-{most}"
    spread = st.integers(milliseconds(least), milliseconds(most))
    schemathesis.openapi.format(name, spread.map(lambda ms: f"{ms}ms"))
    return {"type": "string", "format": name}


schemathesis.openapi.format("share", st.sampled_from(["0.2%", "1%", "5%", "10%"]))
schemathesis.openapi.format("new-password", st.sampled_from(["Correct-Horse-9", "Wrong_Horse_10"]))
schemathesis.openapi.format("earlier", st.sampled_from(["2026-01-05T00:00:00Z", "2026-01-05T06:30:00+01:00"]))
schemathesis.openapi.format("later", st.sampled_from(["2026-01-06T00:00:00Z", "2026-01-05T22:30:00-05:00"]))
schemathesis.openapi.format("history", st.sampled_from(["1h", "24h", "7d"]))

# Sets of values that a rule of their own refuses: a share, an expression, a zone of time.
SHARES = {"violations", "max_utilization"}
# Each is what its format says, and both together a time that has passed, in this order, with no more between than a list shows.
QUERIES = {"from": "earlier", "to": "later", "range": "history"}


def adapt(node):
    if isinstance(node, list):
        for item in node:
            adapt(item)
        return
    if not isinstance(node, dict):
        return
    properties = node.get("properties")
    if isinstance(properties, dict):
        for name, schema in properties.items():
            if isinstance(schema, dict) and name in SHARES and "oneOf" in schema:
                properties[name] = {"type": "string", "format": "share"}
            elif isinstance(schema, dict) and "x-maximum" in schema:
                changed = durations(schema.get("x-minimum", "0"), schema["x-maximum"])
                if schema.get("nullable"):
                    changed["nullable"] = True
                properties[name] = changed
        # A field that is null counts as left out; the document says so only where answers do not share the class.
        if node.get("additionalProperties") is False:
            for name, schema in properties.items():
                if name not in node.get("required", []):
                    properties[name] = {"nullable": True, "allOf": [schema]} if "$ref" in schema else {**schema, "nullable": True}
                    if "enum" in schema and None not in schema["enum"]:
                        properties[name]["enum"] = [*schema["enum"], None]
    for value in node.values():
        adapt(value)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    adapt(raw_schema["components"])
    for item in raw_schema["paths"].values():
        for operation in item.values():
            parameters = operation.get("parameters", [])
            # Cursors come from the service: one that is made up is refused, as it should be.
            operation["parameters"] = [each for each in parameters if each["name"] != "cursor"]
            for parameter in operation["parameters"]:
                if parameter["in"] == "query" and parameter["name"] in QUERIES:
                    parameter["schema"] = {"type": "string", "format": QUERIES[parameter["name"]]}
    schemas = raw_schema["components"]["schemas"]
    # Where alerts may be sent to says the configuration.
    schemas["AlertWebhookRequest"]["properties"]["url"] = {"type": "string", "enum": ["https://hooks.example.com/autoscaler"]}
    # Where a connection may lead to says the configuration, and what it takes says its type.
    connection = schemas["CreateConnectionDto"]
    connection["properties"]["type"] = {"type": "string", "enum": ["prometheus"]}
    connection["properties"]["spec"] = {"type": "object", "enum": [{"url": "https://prometheus.example.com"}]}
    connection["required"] = ["name", "type", "spec"]
    spec = connection["properties"]["spec"]
    schemas["UpdateConnectionDto"]["properties"]["spec"] = {**spec, "enum": [*spec["enum"], None], "nullable": True}
    # A secret that is null counts as left out, like any field; to rotate at least one must be given.
    token = {"type": "string", "minLength": 1}
    for name in ("CreateConnectionDto", "UpdateConnectionDto", "RotateSecretsDto"):
        is_rotation = name == "RotateSecretsDto"
        schemas[name]["properties"]["secrets"] = {
            "type": "object",
            "nullable": not is_rotation,
            "properties": {"token": token if is_rotation else {**token, "nullable": True}},
            "additionalProperties": False,
            "minProperties": 1 if is_rotation else 0,
        }
    # A spike rises and falls within its duration; each pattern takes fields of its own beside those that all take.
    for name, instead in {"ramp_up": "0s", "ramp_down": "0s"}.items():
        schemas["SpikeRequest"]["properties"][name] = {"type": "string", "enum": [instead, None], "nullable": True}
    pattern = schemas["PatternRequest"]["properties"]
    for name in set(pattern) - {"pattern", "noise", "compression"}:
        del pattern[name]
    pattern["pattern"]["enum"] = [kind for kind in pattern["pattern"]["enum"] if kind not in ("trace", None)]
    for path in ("/auth/register", "/users"):
        body = raw_schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        name = body["$ref"].rsplit("/", 1)[1]
        raw_schema["components"]["schemas"][f"{name}New"] = copied = dict(raw_schema["components"]["schemas"][name])
        copied["properties"] = {**copied["properties"], "password": {"type": "string", "format": "new-password"}}
        body["$ref"] += "New"
