// The apps that libraries of others log in as. Redirects are loopback with any port.
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
const confidential = (name, more) => app(name, {
  client_secret: `secret-of-${name}-long-enough-for-a-test`, token_endpoint_auth_method: 'client_secret_basic', ...more,
});

/** The apps of each language; `key` is the public key of those that sign assertions. */
export const clients = (key) => ['typescript', 'rust', 'python'].flatMap((language) => [
  app(`quickstart-${language}`, { token_endpoint_auth_method: 'none' }),
  confidential(`${language}-1`),
  confidential(`${language}-2`, {
    token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256',
  }),
  app(`${language}-public`, { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'EdDSA' }),
  app(`${language}-key`, {
    token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [key] },
    // Authlib knows neither of the two.
    require_pushed_authorization_requests: language !== 'python', dpop_bound_access_tokens: language !== 'python',
  }),
]);
