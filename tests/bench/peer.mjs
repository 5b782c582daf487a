// The peer of `scripts/bench idp`: npm oidc-provider in memory, with the development pages it ships.
// usage: node peer.mjs APPS.json ID_TOKEN_ALG RESOURCE KEEP
import { readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import LRU from './node_modules/oidc-provider/lib/helpers/lru.js';
import MemoryAdapter from './node_modules/oidc-provider/lib/adapters/memory_adapter.js';

const [file, alg, resource, keep] = process.argv.slice(2);
// What it says about being a development set-up is no news here, and the ready line is the first.
console.info = console.warn = () => {};
const { default: Provider } = await import('oidc-provider');
// As shipped it forgets all but the last 1,000 things it stored; introspection needs its tokens.
const store = keep && new LRU({ maxSize: Number(keep) });
const adapter = keep ? { adapter: (model) => new MemoryAdapter(model, store) } : {};

const jwk = (pair, kid) => ({ ...pair.privateKey.export({ format: 'jwk' }), kid, use: 'sig' });
const keys = [
  jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'rsa'),
  jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'p256'),
  jwk(generateKeyPairSync('ed25519'), 'ed25519'),
];
const clients = JSON.parse(readFileSync(file, 'utf8')).map((app) => ({
  client_id: app.client_id,
  client_secret: app.client_secret,
  redirect_uris: app.redirect_uris,
  grant_types: ['authorization_code', 'client_credentials'],
  response_types: ['code'],
  id_token_signed_response_alg: alg,
  scope: 'openid api',
}));
const provider = new Provider('http://localhost', {
  ...adapter,
  clients,
  scopes: ['openid', 'api'],
  jwks: { keys },
  cookies: { keys: ['a key that signs the cookies of the bench'] },
  features: {
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: (_, __, oneOf) => oneOf ?? undefined,
      getResourceServerInfo: (_, asked) => {
        if (asked !== resource) throw new Error('unknown resource');
        return { scope: 'api', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } };
      },
    },
  },
});
const server = provider.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: true, port: server.address().port }));
});
server.keepAliveTimeout = 60_000;
