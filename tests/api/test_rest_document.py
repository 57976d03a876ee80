"""The API document tells every call in REST style too, and every reference in it leads somewhere."""

import json
import re

from tearoff.api import document, rest


def test_every_route_is_in_the_document_with_its_verbs_and_parameters() -> None:
    written = document.document()
    for reference in set(re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(written))):
        assert reference[1] in written["components"][reference[0]], reference
    assert len(rest.TABLE) >= 9
    for row in rest.TABLE.values():
        for verb in row.verbs:
            operation = written["paths"][row.path][verb.lower()]
            assert operation["summary"], row.path
            assert {"200", "401", *map(str, row.errors)} <= set(operation["responses"])
            in_path = {one["name"] for one in operation["parameters"] if one.get("in") == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", row.path))
    ids = [one["operationId"] for path in written["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))
