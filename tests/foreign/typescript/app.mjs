// An app of others: how it proves itself follows from its registration in clients.mjs.
import * as oidc from 'openid-client';
import { browser } from '../browser.mjs';

export const issuer = new URL(process.env.ISSUER);
export const back = 'http://127.0.0.1:3000/cb';
export const http = { execute: [oidc.allowInsecureRequests] };
export const secret = (name) => `secret-of-${name}-long-enough-for-a-test`;

async function key() {
  const { kid, alg, ...jwk } = JSON.parse(process.env.CLIENT_KEY);
  const imported = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return { key: imported, kid };
}

/** How an app proves itself. */
async function proof(name) {
  if (name.endsWith('-key')) return oidc.PrivateKeyJwt(await key());
  if (name.endsWith('-2')) return oidc.ClientSecretPost(secret(name));
  return /-(public|device)$/.test(name) ? oidc.None() : oidc.ClientSecretBasic(secret(name));
}

/** An app by its name. */
export async function app(name) {
  const alg = { 'typescript-2': 'ES256', 'typescript-public': 'EdDSA' }[name] ?? 'RS256';
  return oidc.discovery(issuer, name, { id_token_signed_response_alg: alg }, await proof(name), http);
}

/** Logs a person in, by a pushed request or a plain one, with or without a bound key. */
export async function login(config, { people = browser(), scope = 'openid profile', par, DPoP, ...more } = {}) {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce(),
  ];
  const { decision, ...parameters } = more;
  const asked = {
    redirect_uri: back, scope, state: expectedState, nonce: expectedNonce, code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), ...parameters,
  };
  const address = par
    ? await oidc.buildAuthorizationUrlWithPAR(config, asked, { DPoP })
    : oidc.buildAuthorizationUrl(config, asked);
  const { url } = await people.open(address, { until: back, decision });
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const redeem = (at) => oidc.authorizationCodeGrant(config, new URL(at), checks, undefined, { DPoP });
  return { url, redeem, people, asked };
}
