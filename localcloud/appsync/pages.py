"""What people open in a browser: the page, its configuration, the explorer, the way to the user pool."""

from dataclasses import dataclass
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from localcloud.appsync.errors import Json, Malformed
from localcloud.appsync.guard import is_local, is_local_page
from localcloud.appsync.http import read_body

EXPLORER = Path(__file__).with_name("explorer")
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
COGNITO = "AWSCognitoIdentityProviderService."
# What a user does for themselves, with a client id or their own token. Nothing here needs AWS credentials.
PUBLIC_OPERATIONS = frozenset({
    "SignUp", "ConfirmSignUp", "ResendConfirmationCode", "InitiateAuth", "RespondToAuthChallenge",
    "ForgotPassword", "ConfirmForgotPassword", "ChangePassword", "GetUser", "UpdateUserAttributes",
    "DeleteUser", "GlobalSignOut", "RevokeToken", "GetTokensFromRefreshToken",
})  # fmt: skip
COGNITO_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class Pages:
    """`config` is `/riffle.json`, `dist` the built page, `connect` further origins the page may talk to.

    Without a page of its own, an API has the explorer at `/`.
    """

    config: Json
    dist: Path | None
    cognito_url: str
    connect: tuple[str, ...] = ()

    def routes(self) -> list[BaseRoute]:
        """The page comes last: any address that nothing else answers is one of its own views."""
        return [
            Route("/riffle.json", self._show_config),
            Route("/cognito", self._pass_on, methods=["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
            Route("/explorer", self._show_explorer),
            Route("/explorer/{name}", self._show_explorer),
            Route("/{path:path}", self._show_page),
        ]

    async def _show_config(self, request: Request) -> Response:
        """For pages of this machine and programs: it holds an API key, which other sites may not read."""
        headers = {"Cache-Control": "no-store", **for_local_pages(request)}
        return JSONResponse(as_reached(self.config, request), headers=headers)

    async def _show_explorer(self, request: Request) -> Response:
        return self._file(EXPLORER, request.path_params.get("name", "index.html"), request)

    async def _show_page(self, request: Request) -> Response:
        """A path without a dot is a view; a missing file is missing."""
        path = request.path_params["path"]
        if self.dist is None:
            return RedirectResponse("/explorer") if not path else nothing_here(request)
        return self._file(self.dist, path if "." in path.rsplit("/", 1)[-1] else "index.html", request)

    def _file(self, root: Path, name: str, request: Request) -> Response:
        path = found(root, name)
        if path is None:
            return nothing_here(request)
        lasting = name.startswith("assets/")
        caching = "public, max-age=31536000, immutable" if lasting else "no-cache"
        return FileResponse(path, headers={**security(request, self.connect), "Cache-Control": caching})

    async def _pass_on(self, request: Request) -> Response:
        """To the user pool, for pages and programs of this machine."""
        allowed = for_local_pages(request)
        if request.method == "OPTIONS" and allowed:
            return Response(status_code=204, headers=allowed)
        answer = await self._ask_pool(request)
        answer.headers.update(allowed)
        return answer

    async def _ask_pool(self, request: Request) -> Response:
        """Only what its users do for themselves."""
        if request.method != "POST":
            return cognito_error("MethodNotAllowedException", f"{request.method} is not passed on.", 405)
        target = request.headers.get("x-amz-target", "")
        if target.removeprefix(COGNITO) not in PUBLIC_OPERATIONS or not target.startswith(COGNITO):
            return cognito_error("AccessDeniedException", f"'{target}' is not passed on.", 403)
        try:
            body = await read_body(request, COGNITO_BYTES)
        except Malformed as error:
            return cognito_error("InvalidParameterException", error.message, error.status)
        headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
        try:
            async with httpx.AsyncClient(timeout=30, trust_env=not is_local(self.cognito_url)) as client:
                answer = await client.post(self.cognito_url, content=body, headers=headers)
        except httpx.TransportError:
            return cognito_error("InternalErrorException", "The user pool cannot be reached.", 502)
        kept = {
            name: answer.headers[name]
            for name in ("content-type", "x-amzn-errortype")
            if name in answer.headers
        }
        return Response(answer.content, answer.status_code, {**kept, "Cache-Control": "no-store"})


def nothing_here(request: Request) -> Response:
    return PlainTextResponse(f"There is no {request.url.path} here.", 404, security(request, ()))


def as_reached(config: Json, request: Request) -> Json:
    """Over TLS, addresses at this port are TLS too: browsers let no secure page talk to an insecure one."""
    if request.url.scheme != "https":
        return config
    port = f":{request.url.port or 443}/"
    return {name: secured(value, port) for name, value in config.items()}


def secured(value: Json, port: str) -> Json:
    here = isinstance(value, str) and is_local(value) and port in value
    return f"https{value.removeprefix('http')}" if here and value.startswith("http://") else value


def found(root: Path, name: str) -> Path | None:
    """The file of that name below `root`. A name that no file system takes is of no file."""
    try:
        path = (root / name.replace("\0", "")).resolve()
        return path if path.is_relative_to(root.resolve()) and path.is_file() else None
    except OSError:
        return None


def for_local_pages(request: Request) -> dict[str, str]:
    """Lets in an app that is being written at another port of this machine, and no other site."""
    origin = request.headers.get("origin", "")
    if not is_local_page(origin):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", "*"),
        "Access-Control-Expose-Headers": "x-amzn-errortype",
        "Vary": "Origin",
    }


def cognito_error(kind: str, message: str, status: int) -> Response:
    return JSONResponse({"__type": kind, "message": message}, status)


def security(request: Request, connect: tuple[str, ...]) -> dict[str, str]:
    """Scripts from here alone; connections to here, over HTTP and WebSocket, and to the named origins."""
    here = request.headers.get("host", "localhost")
    channel = "wss" if request.url.scheme == "https" else "ws"
    reachable = " ".join(["'self'", f"{channel}://{here}", *connect])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; font-src 'self'; connect-src {reachable}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
    }
