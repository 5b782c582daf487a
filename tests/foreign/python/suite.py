"""The PyPI package Authlib, as an app of others would use it. Run by scripts/test-foreign."""

import json
import os
import sys
import unittest
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.common.security import generate_token  # noqa: E402
from authlib.integrations.base_client.errors import OAuthError  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from authlib.oidc.core import CodeIDToken  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet  # noqa: E402
from joserfc.jws import JWSRegistry  # noqa: E402
from requests import post  # noqa: E402

ISSUER = os.environ["ISSUER"]
BACK = "http://127.0.0.1:3000/cb"
BYE = "http://127.0.0.1/bye"
API = "https://api.example"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def get(address):
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


PROVIDER = get(ISSUER + "/.well-known/openid-configuration")


def browse(person, address, until=None, decision="allow"):
    """Lets the person's browser open `address` and go on until it is led to `until`, or to the end."""
    asked = {"address": address, "until": until, "person": person, "decision": decision}
    request = urllib.request.Request(os.environ["BROWSER"], json.dumps(asked).encode())
    try:
        return get(request)["url"]
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error


def app(name, **more):
    """An app by its name in clients.mjs."""
    return OAuth2Session(
        name, redirect_uri=BACK, code_challenge_method="S256", **PROVIDER, **more
    )


def basic():
    return app("python-1", client_secret="secret-of-python-1-long-enough-for-a-test")


def by_post():
    return app(
        "python-2",
        client_secret="secret-of-python-2-long-enough-for-a-test",
        token_endpoint_auth_method="client_secret_post",
    )


def device():
    return app("python-device", token_endpoint_auth_method="none")


def robot():
    return app("python-robot", client_secret="secret-of-python-robot-long-enough-for-a-test")


def managed(told):
    """A session that manages a registration by the token it was given."""
    token = {"access_token": told["registration_access_token"], "token_type": "Bearer"}
    return OAuth2Session(told["client_id"], token=token)


def answer(person, session, scope="openid", decision="allow", prompt="consent"):
    """Begins a login; what came back, and what must be kept for its end."""
    session.scope = scope
    kept = {"code_verifier": generate_token(48), "nonce": generate_token(20)}
    address, kept["state"] = session.create_authorization_url(
        PROVIDER["authorization_endpoint"],
        code_verifier=kept["code_verifier"],
        nonce=kept["nonce"],
        prompt=prompt,
    )
    return browse(person, address, BACK, decision), kept


def said(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def checked(token, session, nonce=None):
    """The claims of an ID Token, as Authlib checks them."""
    keys = KeySet.import_key_set(get(PROVIDER["jwks_uri"]))
    registry = JWSRegistry(algorithms=PROVIDER["id_token_signing_alg_values_supported"])
    decoded = jwt.decode(token["id_token"], key=keys, registry=registry)
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"values": [ISSUER]}, "aud": {"values": [session.client_id]}},
        {"nonce": nonce, "client_id": session.client_id, "access_token": token["access_token"]},
    )
    claims.validate(leeway=5)
    return claims, decoded.header["alg"]


def login(person, session, scope="openid"):
    """A whole login: the tokens, and the checked claims."""
    back, kept = answer(person, session, scope)
    # RFC 9207: Authlib leaves the issuer of the answer to the app.
    if said(back).get("iss") != ISSUER:
        raise AssertionError(back)
    token = session.fetch_token(
        authorization_response=back, state=kept["state"], code_verifier=kept["code_verifier"]
    )
    claims, alg = checked(token, session, kept["nonce"])
    return token, claims, alg


class Authlib(unittest.TestCase):
    def dead(self, session, refresh):
        with self.assertRaises(OAuthError) as refused:
            session.refresh_token(refresh_token=refresh)
        self.assertEqual(refused.exception.error, "invalid_grant")

    def test_an_app_with_a_secret_logs_in_refreshes_and_is_told_of_revocation(self):
        session = basic()
        token, claims, alg = login("ada", session, "openid profile offline_access")
        self.assertEqual(alg, "RS256")
        self.assertRegex(claims["sub"], r"^[A-Za-z0-9_-]{43}$")
        self.assertEqual(claims["acr"], "phr")
        person = session.get(PROVIDER["userinfo_endpoint"]).json()
        self.assertEqual((person["sub"], person["nickname"]), (claims["sub"], "Quiet heron"))
        refresh = token["refresh_token"]
        session.scope = None
        following = session.refresh_token(refresh_token=refresh)
        again, _ = checked(following, session)
        self.assertEqual(again["sub"], claims["sub"])
        self.assertNotIn("nonce", again)
        endpoint = PROVIDER["introspection_endpoint"]
        seen = session.introspect_token(endpoint, following["access_token"]).json()
        self.assertEqual((seen["active"], seen["sub"]), (True, claims["sub"]))
        self.assertEqual(session.revoke_token(PROVIDER["revocation_endpoint"], refresh).status_code, 200)
        seen = session.introspect_token(endpoint, following["access_token"]).json()
        self.assertEqual(seen, {"active": False})
        self.dead(session, refresh)

    def test_the_secret_in_the_form_and_es256(self):
        _, claims, alg = login("ada", by_post())
        self.assertEqual((alg, len(claims["sub"])), ("ES256", 43))

    def test_a_public_app_rotates_and_the_old_token_ends_the_chain(self):
        session = app("python-public")
        token, _, alg = login("ada", session, "openid offline_access")
        self.assertIn(alg, ("EdDSA", "Ed25519"))
        session.scope = None
        following = session.refresh_token(refresh_token=token["refresh_token"])
        self.assertNotEqual(following["refresh_token"], token["refresh_token"])
        self.dead(session, token["refresh_token"])
        self.dead(session, following["refresh_token"])

    def test_another_subject_at_another_app_and_the_same_one_again(self):
        first, other, again = (login("ada", made())[1]["sub"] for made in (basic, by_post, basic))
        self.assertNotEqual(first, other)
        self.assertEqual(first, again)

    def test_a_device_gets_tokens_once_the_person_allowed_it(self):
        session = device()
        asked = {"client_id": session.client_id, "scope": "openid profile"}
        codes = post(PROVIDER["device_authorization_endpoint"], asked).json()
        browse("dora", codes["verification_uri_complete"])
        token = session.fetch_token(grant_type=DEVICE, device_code=codes["device_code"])
        claims, _ = checked(token, session)
        self.assertEqual(len(claims["sub"]), 43)
        with self.assertRaises(OAuthError) as refused:
            session.fetch_token(grant_type=DEVICE, device_code=codes["device_code"])
        self.assertEqual(refused.exception.error, "invalid_grant")

    def test_a_device_waits_and_is_told_of_a_no(self):
        session = device()
        asked = {"client_id": session.client_id, "scope": "openid"}
        for person, error in ((None, "authorization_pending"), ("dora", "access_denied")):
            codes = post(PROVIDER["device_authorization_endpoint"], asked).json()
            if person:
                browse(person, codes["verification_uri_complete"], decision="deny")
            with self.assertRaises(OAuthError) as refused:
                session.fetch_token(grant_type=DEVICE, device_code=codes["device_code"])
            self.assertEqual(refused.exception.error, error)

    def test_an_app_gets_a_token_for_itself_and_for_a_resource(self):
        session = robot()
        token = session.fetch_token(grant_type="client_credentials")
        self.assertNotIn("refresh_token", token)
        endpoint = PROVIDER["introspection_endpoint"]
        seen = session.introspect_token(endpoint, token["access_token"]).json()
        self.assertEqual((seen["active"], seen["sub"]), (True, "python-robot"))
        self.assertEqual(session.get(PROVIDER["userinfo_endpoint"]).status_code, 401)
        token = session.fetch_token(grant_type="client_credentials", resource=API)
        keys = KeySet.import_key_set(get(PROVIDER["jwks_uri"]))
        read = jwt.decode(token["access_token"], key=keys, algorithms=["ES256"])
        self.assertEqual(read.header["typ"], "at+jwt")
        self.assertEqual((read.claims["aud"], read.claims["sub"]), (API, "python-robot"))

    def test_an_app_registers_itself_logs_in_and_manages_what_it_registered(self):
        wanted = {
            "client_name": "Registered by Python",
            "application_type": "native",
            "redirect_uris": [BACK],
            "scope": "openid profile",
        }
        answered = post(PROVIDER["registration_endpoint"], json=wanted)
        self.assertEqual(answered.status_code, 201)
        told = answered.json()
        session = app(told["client_id"], client_secret=told["client_secret"])
        _, claims, _ = login("erin", session, "openid profile")
        self.assertEqual(len(claims["sub"]), 43)
        place, known = told["registration_client_uri"], managed(told)
        self.assertEqual(known.get(place).json()["client_name"], wanted["client_name"])
        changed = known.put(place, json={**wanted, "client_id": told["client_id"], "client_name": "Renamed"})
        self.assertEqual((changed.status_code, changed.json()["client_name"]), (200, "Renamed"))
        known = managed({**told, **changed.json()})
        self.assertEqual(known.delete(place).status_code, 204)
        self.assertEqual(known.get(place).status_code, 401)

    def test_a_refusal_comes_back_with_error_and_issuer(self):
        session = basic()
        back, _ = answer("bob", session, decision="deny")
        self.assertEqual((said(back)["iss"], said(back)["error"]), (ISSUER, "access_denied"))
        with urllib.request.urlopen(said(back)["error_uri"]) as page:
            self.assertEqual(page.status, 200)

    def test_the_app_ends_the_login(self):
        session = basic()
        token, _, _ = login("carol", session)
        leave = (
            f"{PROVIDER['end_session_endpoint']}?id_token_hint={token['id_token']}"
            f"&post_logout_redirect_uri={BYE}&state=bye-now"
        )
        self.assertEqual(browse("carol", leave, BYE), BYE + "?state=bye-now")
        back, _ = answer("carol", session, prompt="none")
        self.assertEqual(said(back)["error"], "login_required")


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    faults = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - faults} passed, {faults} failed")
    sys.exit(1 if faults else 0)
