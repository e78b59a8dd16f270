"""Settings, from the environment (``BOARDTRACE_*``) when they are asked for.

Nothing is read at import: a test or a caller that sets the environment first wins.
"""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """What may be set; the name in the environment is ``BOARDTRACE_`` and the field's."""

    model_config = SettingsConfigDict(env_prefix="BOARDTRACE_", extra="ignore")

    graph: str = Field("embedded:", description="embedded:[PATH], bolt://, neo4j:// or their +s forms")
    user: str = Field("neo4j", description="user at a graph that is a URL")
    password: SecretStr = Field(SecretStr(""), description="password at a graph that is a URL")
    database: str = Field("neo4j", description="database at a graph that is a URL")
    data: Path = Field(
        default_factory=lambda: user_data_path("boardtrace", appauthor=False),
        description="where the ledger of facts and the embedded graph are kept",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("boardtrace", appauthor=False),
        description="where the embedded engine's jars are kept",
    )
    archive: str = Field(
        "", description="where source bytes are kept: a folder, s3://... (else beside the graph)"
    )
    idle_minutes: float = Field(
        30.0, gt=0, description="the embedded engine stops after so long without use"
    )
    heap: str = Field("1g", pattern=r"^\d+[mg]$", description="heap of the embedded engine")
    page_cache: str = Field("512m", pattern=r"^\d+[mg]$", description="page cache of the embedded engine")
    memory: str = Field(
        "700m", pattern=r"^\d+[mg]$", description="memory of the ledger before it takes the disk instead"
    )
    timeout: float = Field(60.0, gt=0, description="seconds after which a question is given up")
    answers: int = Field(64, ge=0, description="MiB of answers that the API keeps until the next batch")
    amqp_password: SecretStr = Field(SecretStr(""), description="password at a broker whose URL has none")
    amqp_ca: Path | None = Field(
        None,
        description="PEM file of the authorities that an amqps:// broker may have its certificate from",
    )
