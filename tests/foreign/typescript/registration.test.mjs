// Apps that register themselves (RFC 7591) by the npm packages openid-client and oauth4webapi, and
// manage what they registered (RFC 7592) by the token they were given.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { http, issuer, login } from './app.mjs';

const insecure = { [oauth.allowInsecureRequests]: true };
const wanted = {
  client_name: 'Registered by itself', application_type: 'native', redirect_uris: ['http://127.0.0.1/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  // What openid-client does with a secret unless it is told otherwise.
  token_endpoint_auth_method: 'client_secret_post', scope: 'openid profile offline_access',
};

/** Calls the address that manages a registration. */
function manage({ registration_access_token, registration_client_uri }, method, document) {
  const headers = new Headers(document && { 'content-type': 'application/json' });
  const body = document && JSON.stringify(document);
  const address = new URL(registration_client_uri);
  return oauth.protectedResourceRequest(registration_access_token, method, address, headers, body, insecure);
}

test('an app registers itself and logs a person in', async () => {
  const config = await oidc.dynamicClientRegistration(issuer, wanted, undefined, http);
  const told = config.clientMetadata();
  assert.match(told.client_id, /^c\.[A-Za-z0-9_-]{22}$/);
  assert.deepEqual([told.client_secret_expires_at, told.subject_type], [0, 'pairwise']);
  const { url, redeem } = await login(config, { scope: 'openid profile offline_access', prompt: 'consent' });
  const tokens = await redeem(url);
  assert.equal((await oidc.refreshTokenGrant(config, tokens.refresh_token)).claims().sub, tokens.claims().sub);
});

test('what it registered is read, replaced by the same rules, and removed', async () => {
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const answer = await oauth.dynamicClientRegistrationRequest(as, wanted, insecure);
  const told = await oauth.processDynamicClientRegistrationResponse(answer);
  const read = await (await manage(told, 'GET')).json();
  assert.deepEqual([read.client_id, read.client_name], [told.client_id, wanted.client_name]);
  const renamed = await manage(told, 'PUT', { ...wanted, client_id: told.client_id, client_name: 'Another name' });
  assert.equal(renamed.status, 200);
  const { registration_access_token } = { ...told, ...(await renamed.json()) };
  const now = { ...told, registration_access_token };
  const refused = await manage(now, 'PUT', { ...wanted, client_id: told.client_id, subject_type: 'public' });
  assert.deepEqual([refused.status, (await refused.json()).error], [400, 'invalid_client_metadata']);
  assert.equal((await (await manage(now, 'GET')).json()).client_name, 'Another name');
  assert.equal((await manage(now, 'DELETE')).status, 204);
  await assert.rejects(manage(now, 'GET'), { status: 401 });
});

test('an address nobody may be led to is refused, in the words of the specification', async () => {
  for (const uri of ['javascript:alert(1)', 'http://elsewhere.example/cb', 'http://127.0.0.1/cb#part']) {
    const asked = oidc.dynamicClientRegistration(issuer, { ...wanted, redirect_uris: [uri] }, undefined, http);
    await assert.rejects(asked, { error: 'invalid_redirect_uri', status: 400 });
  }
});
