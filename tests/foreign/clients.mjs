// The apps that libraries of others log in as. Redirects are loopback with any port.
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const app = (name, more) => ({
  client_id: name,
  client_name: `Foreign ${name}`,
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/cb'],
  post_logout_redirect_uris: ['http://127.0.0.1/bye'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid profile offline_access',
  ...more,
});
const secret = (name) => ({
  client_secret: `secret-of-${name}-long-enough-for-a-test`, token_endpoint_auth_method: 'client_secret_basic',
});
const confidential = (name, more) => app(name, { ...secret(name), ...more });
/** An app to which no browser is led back. */
const headless = (name, grant_types, more) => ({
  client_id: name, client_name: `Foreign ${name}`, grant_types, scope: 'openid profile offline_access', ...more,
});
const byKey = (key) => ({
  token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [key] },
});

/** The apps of each language, and a resource that all of them ask tokens for; `key` is the public key
 *  of those that sign assertions. */
export const clients = (key) => ['typescript', 'rust', 'python'].flatMap((language) => [
  confidential(`${language}-1`),
  confidential(`${language}-2`, {
    token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256',
  }),
  app(`${language}-public`, { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'EdDSA' }),
  app(`${language}-key`, {
    ...byKey(key),
    // Authlib knows neither of the two.
    require_pushed_authorization_requests: language !== 'python', dpop_bound_access_tokens: language !== 'python',
  }),
  headless(`${language}-device`, [DEVICE, 'refresh_token'], { token_endpoint_auth_method: 'none' }),
  headless(`${language}-robot`, ['client_credentials'], secret(`${language}-robot`)),
  headless(`${language}-robot-key`, ['client_credentials'], byKey(key)),
]).concat(headless('api', [], {
  ...secret('api'), resource: 'https://api.example/', access_token_signing_alg: 'ES256',
}));
