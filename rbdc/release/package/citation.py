"""`CITATION.cff`: how to cite the release, as Citation File Format 1.2.0."""

import json

from rbdc.release.package.edition import Edition


def citation(edition: Edition) -> str:
    """The text of `CITATION.cff` (https://citation-file-format.github.io/).

    The licence stands as `license-url`: open government licences of Ontario's cities have no SPDX
    identifier, which `license` would need.
    """
    release = edition.release
    publisher = [("name", release.publisher.name)]
    if release.publisher.url:
        publisher.append(("website", release.publisher.url))
    if release.publisher.email:
        publisher.append(("email", release.publisher.email))
    lines = [
        "cff-version: 1.2.0",
        f"message: {_quoted('If you use these data, please cite them as below.')}",
        "type: dataset",
        f"title: {_quoted(release.title)}",
        f"abstract: {_quoted(release.description)}",
        f"version: {_quoted(edition.version)}",
        f"date-released: {_quoted(release.data_as_of.isoformat())}",
        "authors:",
        *(f"  {'- ' if i == 0 else '  '}{k}: {_quoted(v)}" for i, (k, v) in enumerate(publisher)),
        "identifiers:",
        "  - type: other",
        f"    value: {_quoted(edition.identifier())}",
        f"    description: {_quoted('This version of the data set')}",
        f"license-url: {_quoted(release.licence.url)}",
    ]
    if release.keywords:
        lines += ["keywords:", *(f"  - {_quoted(keyword)}" for keyword in release.keywords)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML string that no reader can take for something else; JSON's is one."""
    return json.dumps(text, ensure_ascii=False)
