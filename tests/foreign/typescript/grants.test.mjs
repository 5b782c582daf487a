// The npm packages openid-client and oauth4webapi where no browser comes back to the app: devices
// that show a code (RFC 8628), apps that act for themselves, tokens for a resource (RFC 8707, 9068).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { browser } from '../browser.mjs';
import { app, issuer, secret } from './app.mjs';

const http = { [oauth.allowInsecureRequests]: true };
const api = 'https://api.example';

/** The provider, as oauth4webapi reads it. */
async function provider() {
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
}

test('a device gets tokens once a person allowed it by the link it shows', async () => {
  const config = await app('typescript-device');
  const codes = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile' });
  assert.match(codes.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
  assert.equal(codes.expires_in, 600);
  const { page } = await browser().open(codes.verification_uri_complete);
  assert.match(page, /The device is connected/);
  const tokens = await oidc.pollDeviceAuthorizationGrant(config, codes);
  const { sub } = tokens.claims();
  assert.match(sub, /^[A-Za-z0-9_-]{43}$/);
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).nickname, 'Quiet heron');
  const again = oidc.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 });
  await assert.rejects(again, { error: 'invalid_grant' });
});

test('a device whose code is typed, and refused', async () => {
  const config = await app('typescript-device');
  const codes = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' });
  const { page } = await browser().open(codes.verification_uri, { code: codes.user_code, decision: 'deny' });
  assert.match(page, /The device was not connected/);
  const polled = oidc.pollDeviceAuthorizationGrant(config, { ...codes, interval: 0 });
  await assert.rejects(polled, { error: 'access_denied' });
});

test('a device that asks too early is told to wait, and too often to slow down', async () => {
  const [as, client, none] = [await provider(), { client_id: 'typescript-device' }, oauth.None()];
  const asked = await oauth.deviceAuthorizationRequest(as, client, none, { scope: 'openid' }, http);
  const { device_code } = await oauth.processDeviceAuthorizationResponse(as, client, asked);
  for (const error of ['authorization_pending', 'slow_down']) {
    const answer = await oauth.deviceCodeGrantRequest(as, client, none, device_code, http);
    await assert.rejects(oauth.processDeviceCodeResponse(as, client, answer), { error });
  }
});

test('an app gets a token for itself, by its secret and by its key, which opens nothing of anybody', async () => {
  for (const name of ['typescript-robot', 'typescript-robot-key']) {
    const config = await app(name);
    const tokens = await oidc.clientCredentialsGrant(config);
    assert.deepEqual([tokens.refresh_token, tokens.id_token], [undefined, undefined]);
    const told = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.deepEqual([told.active, told.sub, told.client_id], [true, name, name]);
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck), { status: 401 });
    await oidc.tokenRevocation(config, tokens.access_token);
    assert.deepEqual(await oidc.tokenIntrospection(config, tokens.access_token), { active: false });
  }
});

test('a token for a resource is checked there by the key set alone', async () => {
  const as = await provider();
  const client = { client_id: 'typescript-robot' };
  const proof = oauth.ClientSecretBasic(secret(client.client_id));
  const answer = await oauth.clientCredentialsGrantRequest(as, client, proof, { resource: api }, http);
  const { access_token } = await oauth.processClientCredentialsResponse(as, client, answer);
  const call = new Request(api, { headers: { authorization: `Bearer ${access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, call, api, http);
  assert.deepEqual([claims.sub, claims.client_id, claims.aud], [client.client_id, client.client_id, api]);
  await assert.rejects(oauth.validateJwtAccessToken(as, call, 'https://elsewhere.example/', http));
  const audience = await oauth.introspectionRequest(
    as, { client_id: 'api' }, oauth.ClientSecretBasic(secret('api')), access_token, http,
  );
  assert.equal((await oauth.processIntrospectionResponse(as, { client_id: 'api' }, audience)).active, true);
  const foreign = await oauth.clientCredentialsGrantRequest(
    as, client, proof, { resource: 'https://unknown.example/' }, http,
  );
  await assert.rejects(oauth.processClientCredentialsResponse(as, client, foreign), { error: 'invalid_target' });
});
