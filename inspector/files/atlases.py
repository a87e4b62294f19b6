"""The layer atlases that come with this package: one for each version of Keras that was run."""

import re
from importlib import metadata, resources

from inspector.core.atlas import Atlas, atlas_from_json
from inspector.errors import InspectorError

FOLDER = "atlas"


def atlas_versions() -> tuple[str, ...]:
    """Returns the versions of Keras of which there is an atlas, newest first."""
    folder = resources.files("inspector.files") / FOLDER
    names = [re.fullmatch(r"keras-(.+)\.json", entry.name) for entry in folder.iterdir()]
    return tuple(sorted((name[1] for name in names if name), key=_order, reverse=True))


def read_atlas(version: str) -> Atlas:
    """Returns the atlas of a version of Keras.

    Raises:
        InspectorError: There is none.
    """
    versions = atlas_versions()
    if version not in versions:
        raise InspectorError(
            f"There is no atlas of Keras {version} here.",
            f"There is one of {', '.join(versions)}.",
            "Measure one with `mask-inspector atlas --measure`.",
        )
    file = resources.files("inspector.files") / FOLDER / f"keras-{version}.json"
    return atlas_from_json(file.read_text(encoding="utf-8"))


def installed_keras() -> str | None:
    """Returns the version of the installed Keras, without importing it."""
    try:
        return metadata.version("keras")
    except metadata.PackageNotFoundError:
        return None


def nearest_version(wanted: str | None) -> str:
    """Returns the newest version with an atlas that is not newer than `wanted`, or the newest."""
    versions = atlas_versions()
    if wanted is None:
        return versions[0]
    return next((found for found in versions if _order(found) <= _order(wanted)), versions[-1])


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
