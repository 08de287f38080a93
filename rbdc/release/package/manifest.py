"""`manifest.json`: by what code and from what loads a release was built, and what was checked."""

from dataclasses import asdict

from rbdc.release.package.edition import Edition, json_text


def manifest(edition: Edition) -> str:
    """The text of `manifest.json`; no run id and no time, so that a rebuild gives the same."""
    release = edition.release
    made = release.provenance
    return json_text(
        {
            "service": release.service,
            "synthetic": release.synthetic,
            "version": edition.version,
            "previous": edition.previous,
            "extent": release.extent,
            "data_as_of": release.data_as_of.isoformat(),
            "code_version": made.code_version,
            "code_commit": made.code_commit,
            "framework": {"version": made.framework_version, "hash": made.framework_hash},
            "method_version": made.method_version,
            "loads": [
                asdict(load)
                for load in sorted(made.loads, key=lambda one: (one.table, one.load_id))
            ],
            "recipe": asdict(made.recipe),
            "gates": [dict(result) for result in made.gates],
            "quality_score": made.quality_score,
            "files": [
                {
                    "path": file.path,
                    "rows": file.rows,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file in sorted(edition.files.values(), key=lambda one: one.path)
            ],
        }
    )
