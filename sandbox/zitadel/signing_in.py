"""Which events signing in is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zitadel import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.model import SignIn
    from sandbox.zitadel.wire import Json


def signed_in(sign_in: SignIn) -> Iterator[tuple[str, tuple[str, str], Json]]:
    """Kind, aggregate and payload of each event; all have the time of signing in."""
    client = {"clientID": ids.client_id(sign_in.application)}
    if sign_in.person is None:
        user = ("user", ids.user_id(sign_in.application))
        yield "user.machine.secret.check.succeeded", user, {}
        yield "user.token.added", user, {"tokenId": ids.identifier("token", sign_in.id), **client}
        return
    user = ("user", ids.user_id(sign_in.person))
    browser: Json = {"browserInfo": {"remoteIP": sign_in.ip, "userAgent": sign_in.user_agent}}
    if not sign_in.succeeded or sign_in.session is None:
        yield "user.human.password.check.failed", user, browser
        return
    session = ("session", ids.session_id(sign_in.session))
    oidc = ("oidc_session", f"V2_{ids.identifier('oidc session', sign_in.id)}")
    yield "user.human.password.check.succeeded", user, browser
    yield "session.added", session, {"user_agent": {"ip": sign_in.ip}}
    yield "session.user.checked", session, {"userID": user[1]}
    yield "session.token.set", session, {"token": f"S3CRET-session-{sign_in.id}"}
    yield "oidc_session.added", oidc, {"userID": user[1], "sessionID": session[1], **client}
    refresh = {"refreshToken": f"S3CRET-refresh-{sign_in.id}"}
    yield "oidc_session.refresh_token.added", oidc, refresh
