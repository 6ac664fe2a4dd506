"""Client of the REST API (``/v2``): prototypes, models, vehicle APIs."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .address import HubAddress
from .defaults import HUB_URL, TOKEN
from .errors import ClientError, HubUnreachableError, RequestRefusedError

TIMEOUT = 30.0
PAGE = 100


@dataclass(frozen=True, slots=True)
class Model:
    """A vehicle model; ``raw`` is the whole answer of the server."""

    id: str
    name: str
    visibility: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, item: Mapping[str, Any]) -> Model:
        """Read a model of any server version."""
        return cls(
            id=str(item.get("id") or item.get("_id") or ""),
            name=str(item.get("name") or ""),
            visibility=str(item.get("visibility") or ""),
            raw=item,
        )


@dataclass(frozen=True, slots=True)
class Prototype:
    """A prototype: a program with its description; ``raw`` is the server's whole answer."""

    id: str
    name: str
    model_id: str = ""
    code: str = field(default="", repr=False)
    language: str = "python"
    state: str = ""
    updated_at: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, item: Mapping[str, Any]) -> Prototype:
        """Read a prototype of a list or of its own route."""
        model = item.get("model_id")
        if isinstance(model, dict):
            model = model.get("id") or model.get("_id")
        return cls(
            id=str(item.get("id") or item.get("_id") or ""),
            name=str(item.get("name") or ""),
            model_id=str(model or ""),
            code=str(item.get("code") or ""),
            language=str(item.get("language") or "python"),
            state=str(item.get("state") or ""),
            updated_at=str(item.get("updatedAt") or item.get("updated_at") or ""),
            raw=item,
        )


class Backend:
    """The REST API of a hub of ours or of an Autowrx backend. Calls block.

    Parameters
    ----------
    url
        Base address, ``{url}/v2`` is the API. None takes ``AUTOWRX_HUB_URL``.
    token
        None takes ``AUTOWRX_TOKEN``, unless that belongs to another server.

    Raises
    ------
    ClientError
        No address is known.
    """

    def __init__(self, url: str | None = None, token: str | None = None) -> None:
        known = os.environ.get(HUB_URL) or None
        target = url or known
        if target is None:
            raise ClientError(
                "no server is known: give its address, or set AUTOWRX_HUB_URL; in JupyterLab it "
                "is set, and session().backend() speaks to an embedded one"
            )
        if token is None and (
            known is None or HubAddress.parse(target).base == HubAddress.parse(known).base
        ):
            token = os.environ.get(TOKEN) or None
        self.address = HubAddress.parse(target, token)
        handlers: list[Any] = []
        if urlsplit(self.address.base).hostname in ("127.0.0.1", "localhost", "::1"):
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def __repr__(self) -> str:
        return f"<Backend {self.address}/v2>"

    # -- prototypes --------------------------------------------------------------------

    def prototypes(
        self, *, model_id: str | None = None, name: str | None = None
    ) -> list[Prototype]:
        """Return all prototypes that can be read, without more than the list has of them."""
        query = {"model_id": model_id, "name": name}
        return [Prototype.from_json(item) for item in self._pages("prototypes", query)]

    def get_prototype(self, prototype: str) -> Prototype:
        """Return a prototype by id or by name.

        Raises
        ------
        ClientError
            There is none, or the name is not unique.
        """
        if _is_id(prototype):
            return Prototype.from_json(self._call("GET", f"prototypes/{prototype}"))
        fitting = [p for p in self.prototypes(name=prototype) if p.name == prototype]
        if len(fitting) > 1:
            ids = ", ".join(f"{p.id} (model {p.model_id})" for p in fitting)
            raise ClientError(f"several prototypes are called {prototype!r}: {ids}; give an id")
        if not fitting:
            raise ClientError(f"No prototype named {prototype!r} at {self.address}")
        return Prototype.from_json(self._call("GET", f"prototypes/{fitting[0].id}"))

    def save_prototype(
        self,
        name: str,
        code: str,
        *,
        model_id: str | None = None,
        language: str = "python",
        **fields: Any,
    ) -> Prototype:
        """Create a prototype, or change the one of this name.

        Parameters
        ----------
        name, code
            Name and source.
        model_id
            Model that it belongs to; None takes the one of the prototype of this name, else
            the first model.
        language
            Of the source.
        fields
            Further keys of a prototype, such as ``description``.
        """
        body = {"code": code, "language": language, **fields}
        fitting = [p for p in self.prototypes(name=name, model_id=model_id) if p.name == name]
        if len(fitting) > 1:
            models = ", ".join(p.model_id for p in fitting)
            raise ClientError(
                f"several prototypes are called {name!r}, in the models {models}; give model_id"
            )
        if fitting:
            answer = self._call("PATCH", f"prototypes/{fitting[0].id}", body)
            return Prototype.from_json(answer)
        if model_id is None:
            models_found = self.models()
            if not models_found:
                raise ClientError(
                    f"{self.address} has no vehicle model that a prototype could belong to"
                )
            model_id = models_found[0].id
        answer = self._call("POST", "prototypes", {"name": name, "model_id": model_id, **body})
        return Prototype.from_json(answer)

    def delete_prototype(self, prototype: str) -> None:
        """Delete a prototype by id or by name."""
        prototype_id = prototype if _is_id(prototype) else self.get_prototype(prototype).id
        self._call("DELETE", f"prototypes/{prototype_id}")

    # -- models and vehicle APIs ---------------------------------------------------------

    def models(self) -> list[Model]:
        """Return all vehicle models that can be read."""
        return [Model.from_json(item) for item in self._pages("models", {})]

    def vss(self, name: str = "v4.0") -> dict[str, Any]:
        """Return the tree of a VSS release, ``{"Vehicle": {…}}``."""
        tree = self._call("GET", f"apis/vss/{quote(name, safe='')}")
        if not isinstance(tree, dict):
            raise ClientError(f"{self.address} sent no VSS tree for {name!r}")
        return tree

    # -- HTTP ----------------------------------------------------------------------------

    def _pages(self, route: str, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        page = 1
        while True:
            answer = self._call("GET", route, query={**query, "limit": PAGE, "page": page})
            if isinstance(answer, list):  # some servers do not page
                return [item for item in answer if isinstance(item, dict)]
            results = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(results, list):
                raise ClientError(f"{self.address} sent no list for {route}")
            found += [item for item in results if isinstance(item, dict)]
            if not results or page >= int(answer.get("totalPages") or 1):
                return found
            page += 1

    def _call(
        self,
        method: str,
        route: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        text = urlencode({key: v for key, v in (query or {}).items() if v is not None})
        url = f"{self.address.base}/v2/{route}{'?' + text if text else ''}"
        request = urllib.request.Request(url, method=method, headers=self._headers())
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            raise self._refused(method, route, error) from error
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            text = getattr(reason, "strerror", None) or str(reason)
            raise HubUnreachableError(
                f"server at {self.address} cannot be reached: {text}; is it running?"
            ) from error
        if not content:
            return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise ClientError(f"{url} sent something that is no JSON") from error

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self.address.token:
            # A JWT of an Autowrx backend comes as Bearer; our hub and Jupyter read both.
            kind = "Bearer" if self.address.token.count(".") == 2 else "token"
            headers["Authorization"] = f"{kind} {self.address.token}"
        return headers

    def _refused(
        self, method: str, route: str, error: urllib.error.HTTPError
    ) -> RequestRefusedError:
        message = ""
        try:
            content = json.loads(error.read())
            message = str(content.get("message") or "")
        except (ValueError, AttributeError, OSError):
            message = ""
        if error.code == 401:
            message = f"{message or 'Please authenticate'}; is the token right (AUTOWRX_TOKEN)?"
        text = message or error.reason
        return RequestRefusedError(
            f"{method} {self.address}/v2/{route}: {text} (HTTP {error.code})"
        )


def _is_id(text: str) -> bool:
    return len(text) == 24 and all(c in "0123456789abcdefABCDEF" for c in text)
