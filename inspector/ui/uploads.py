"""What may be uploaded: for public hosting, the server's environment can switch it off."""

import os

NO_UPLOADS = "MASK_INSPECTOR_NO_UPLOADS"
NO_MODEL_UPLOADS = "MASK_INSPECTOR_NO_MODEL_UPLOADS"
_OFF = ("", "0", "false", "no", "off")


def uploads_allowed() -> bool:
    """True unless the environment switches all uploads off, batches and models."""
    return not _set(NO_UPLOADS)


def model_uploads_allowed() -> bool:
    """True unless the environment switches uploads of models off, or all uploads."""
    return uploads_allowed() and not _set(NO_MODEL_UPLOADS)


def _set(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() not in _OFF
