// The npm package openid-client, as an app of others would use it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oidc from 'openid-client';
import { browser } from '../browser.mjs';
import { app, issuer, login } from './app.mjs';

const bye = 'http://127.0.0.1/bye';

test('an app with a secret logs in, reads UserInfo, refreshes, is told of revocation', async () => {
  const config = await app('typescript-1');
  const { url, redeem } = await login(config, { scope: 'openid profile offline_access', prompt: 'consent' });
  assert.equal(new URL(url).searchParams.get('iss'), issuer.origin);
  const tokens = await redeem(url);
  const claims = tokens.claims();
  assert.match(claims.sub, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(claims.acr, 'phr');
  const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(person.nickname, 'Quiet heron');
  const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(again.claims().sub, claims.sub);
  assert.equal(again.claims().nonce, undefined);
  const open = await oidc.tokenIntrospection(config, again.access_token);
  assert.deepEqual([open.active, open.sub, open.client_id], [true, claims.sub, 'typescript-1']);
  await oidc.tokenRevocation(config, tokens.refresh_token);
  assert.deepEqual(await oidc.tokenIntrospection(config, again.access_token), { active: false });
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
});

test('a pushed request by a secret in the form, ID Token under ES256', async () => {
  const config = await app('typescript-2');
  const { url, redeem } = await login(config, { par: true });
  const tokens = await redeem(url);
  assert.equal(JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url')).alg, 'ES256');
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).sub, sub);
});

test('a public app with PAR and DPoP rotates its refresh token and keeps its key', async () => {
  const config = await app('typescript-public');
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const scope = 'openid offline_access';
  const { url, redeem } = await login(config, { par: true, DPoP, scope, prompt: 'consent' });
  const tokens = await redeem(url);
  assert.equal(tokens.token_type, 'dpop');
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub);
  const bearer = await fetch(config.serverMetadata().userinfo_endpoint, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  assert.equal(bearer.status, 401);
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const stolen = oidc.refreshTokenGrant(config, next.refresh_token, undefined, { DPoP: thief });
  await assert.rejects(stolen, { error: 'invalid_grant' });
  const last = await oidc.refreshTokenGrant(config, next.refresh_token, undefined, { DPoP });
  assert.equal(last.claims().sub, sub);
});

test('an app that signs assertions, by PAR and DPoP alone', async () => {
  const config = await app('typescript-key');
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const plain = await login(config);
  await assert.rejects(plain.redeem(plain.url), { error: 'invalid_request' });
  const { url, redeem } = await login(config, { par: true, DPoP });
  const tokens = await redeem(url);
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub);
});

test('the same person has another subject at another app, and the same one again', async () => {
  const people = browser();
  const subs = [];
  for (const name of ['typescript-1', 'typescript-2', 'typescript-1']) {
    const { url, redeem } = await login(await app(name), { people });
    subs.push((await redeem(url)).claims().sub);
  }
  assert.notEqual(subs[0], subs[1]);
  assert.equal(subs[0], subs[2]);
});

test('an answer that names another issuer, or none, is refused by the library', async () => {
  const { url, redeem } = await login(await app('typescript-1'));
  for (const iss of ['https://id.elsewhere.example', undefined]) {
    const forged = new URL(url);
    if (iss) forged.searchParams.set('iss', iss); else forged.searchParams.delete('iss');
    await assert.rejects(redeem(forged), { code: /OAUTH_(INVALID_RESPONSE|JSON_ATTRIBUTE_COMPARISON_FAILED)/ });
  }
  assert.ok((await redeem(url)).id_token, 'the true answer is still good');
});

test('a refusal comes back with error, state, issuer and a page that explains it', async () => {
  const config = await app('typescript-1');
  const { url, redeem } = await login(config, { prompt: 'consent', decision: 'deny' });
  await assert.rejects(redeem(url), { error: 'access_denied' });
  const said = new URL(url).searchParams;
  assert.equal(said.get('iss'), issuer.origin);
  assert.equal((await fetch(said.get('error_uri'))).status, 200);
  const silent = await login(config, { prompt: 'none' });
  await assert.rejects(silent.redeem(silent.url), { error: 'login_required' });
});

test('the app ends the login and gets the person back', async () => {
  const config = await app('typescript-1');
  const { url, redeem, people } = await login(config);
  const { id_token } = await redeem(url);
  const state = oidc.randomState();
  const leave = oidc.buildEndSessionUrl(config, { id_token_hint: id_token, post_logout_redirect_uri: bye, state });
  const left = await people.open(leave, { until: bye });
  assert.equal(new URL(left.url).searchParams.get('state'), state);
  const silent = await login(config, { people, prompt: 'none' });
  await assert.rejects(silent.redeem(silent.url), { error: 'login_required' });
});
