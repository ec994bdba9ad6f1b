"""The settings of a service: arguments of `biomatch serve`, else BIOMATCH_... in the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from biomatch.extraction import DEFAULT


class Settings(BaseSettings):
    """Environment variables are the names in capitals with BIOMATCH_ before them, such as BIOMATCH_PORT."""

    model_config = SettingsConfigDict(env_prefix="BIOMATCH_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    open: bool = Field(
        default=False,
        description="a gallery that never had a token asks nobody for one: all users of this machine may do everything",
    )
    port: int = Field(default=8000, ge=0, le=65_535)
    names: tuple[str, ...] = Field(default=(), description="further host names under which clients reach the service")
    origin: str | None = Field(
        default=None,
        pattern=r"^(https://[a-z0-9.-]+|http://localhost)(:[1-9][0-9]{0,4})?$",
        description="address of the pages, as browsers have it, such as https://bureau.example: passkeys are bound to it",
    )
    extractor: str = Field(default=DEFAULT, description="extractor of minutiae: classical, learned or learned-synthetic")
    tls_certificate: Path | None = Field(default=None, description="file with the certificate chain, PEM")
    tls_key: Path | None = Field(default=None, description="file with its key, PEM")
    master_key_file: Path | None = Field(default=None, description="file with the master key; default: in the gallery's folder")
    master_key: SecretStr | None = Field(default=None, description="the master key itself, before its file")
    import_folder: Path | None = Field(default=None, description="folder that clients may have lists enrolled from")
    workers: int | None = Field(default=None, ge=1, le=256, description="processes that extract; default: one a core")
    max_body_bytes: int = Field(default=64 * 1024 * 1024, ge=1_024, description="the largest request body, in bytes")
    body_seconds: float = Field(default=60, gt=0, description="the longest that a request body may take to come in")
    request_seconds: float = Field(default=120, gt=0, description="the longest that a request may wait and be worked on")
    max_in_flight: int = Field(default=64, ge=1, description="requests that are answered at a time; more are told to wait")
    max_arriving: int = Field(default=128, ge=1, description="request bodies that come in at a time; more are told to wait")
    max_held_bytes: int = Field(
        default=96 * 1024 * 1024, ge=1_024, description="bytes of all request bodies that are held at a time, one's at least"
    )
    max_connections: int = Field(default=1_024, ge=1, description="connections at a time")
    max_connections_per_peer: int = Field(default=256, ge=1, description="connections of one address at a time")
    first_byte_seconds: float = Field(default=10, gt=0, description="the longest that a new connection may say nothing")
    head_seconds: float = Field(
        default=10, gt=0, description="the longest that a request's head, and a TLS handshake, may take"
    )
    take_seconds: float = Field(default=30, gt=0, description="the longest that a client may take nothing of its answer")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least that is logged")
    max_candidates: int = Field(default=200, ge=1, description="the longest candidate list that a client may ask for")


def server_processes() -> str:
    """Returns how many server processes the environment asks for, as platforms say it, who mean one a core."""
    return os.environ.get("WEB_CONCURRENCY", "") or "1"
