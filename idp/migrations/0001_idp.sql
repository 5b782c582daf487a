-- Accounts, logins, interactions, clients, grants, tokens and token keys.
-- A name ending in _h holds base64url of the SHA-256 of a secret, never the secret.
CREATE TABLE idp_account (
  id TEXT NOT NULL PRIMARY KEY, -- pseudonymous/account/contract: names the account here and nowhere else
  user_handle TEXT NOT NULL UNIQUE, -- pseudonymous/account/contract: what passkeys call it, random
  handle TEXT NOT NULL UNIQUE, -- pseudonymous/account/contract: the chosen pseudonym, folded
  wallet_ref TEXT NOT NULL UNIQUE, -- pseudonymous/account/contract: what Listener cards call it, random
  state TEXT NOT NULL CHECK (state IN ('active', 'locked', 'closed')), -- operational/account/contract: whether it may be used
  epoch BIGINT NOT NULL, -- operational/account/contract: raised to end every login and token at once
  locale TEXT, -- pseudonymous/account/contract: language chosen for pages
  cool_until BIGINT, -- operational/account/contract: end of the cool-down after a recovery
  created_day TEXT NOT NULL -- operational/account/contract: the day it was made, no finer
);

CREATE TABLE idp_session (
  id_h TEXT NOT NULL PRIMARY KEY, -- secret/login/contract: the login cookie, hashed
  account TEXT NOT NULL, -- pseudonymous/login/contract: who is signed in
  epoch BIGINT NOT NULL, -- operational/login/contract: the account's epoch at the proof
  auth_time BIGINT NOT NULL, -- operational/login/contract: when the proof was given
  acr TEXT NOT NULL, -- operational/login/contract: how strong it was
  amr TEXT NOT NULL, -- operational/login/contract: by what it was given, words with spaces
  member_until BIGINT, -- operational/login/contract: until when a Member card counts in this login
  label TEXT, -- pseudonymous/login/contract: the name its owner gave it
  created BIGINT NOT NULL, -- operational/login/contract: start
  seen BIGINT NOT NULL, -- operational/login/contract: last use, for the idle end
  ends BIGINT NOT NULL -- operational/login/contract: absolute end
);
CREATE INDEX idp_session_account ON idp_session (account);

CREATE TABLE idp_session_client (
  session TEXT NOT NULL, -- secret/login/contract: the login
  client_id TEXT NOT NULL, -- operational/login/contract: an app it was used for
  sid TEXT NOT NULL UNIQUE, -- pseudonymous/login/contract: what that app calls the login, random
  PRIMARY KEY (session, client_id)
);

CREATE TABLE idp_interaction (
  ix TEXT NOT NULL PRIMARY KEY, -- operational/flow/contract: names a sign-in under way
  browser_h TEXT NOT NULL, -- secret/flow/contract: the browser it is bound to, hashed
  client_id TEXT NOT NULL, -- operational/flow/contract: the app that asked
  request_json TEXT NOT NULL, -- operational/flow/contract: the checked request
  par TEXT, -- secret/flow/contract: the pushed request it came from, hashed
  state TEXT NOT NULL CHECK (state IN ('choose', 'proving', 'known', 'consent', 'done', 'denied', 'cancelled')), -- operational/flow/contract: the step
  account TEXT, -- pseudonymous/flow/contract: who was recognised
  session TEXT, -- secret/flow/contract: the login that was made or used, hashed
  reached_json TEXT, -- operational/flow/contract: facts of a card shown in this login
  until BIGINT NOT NULL -- operational/flow/contract: its end
);

CREATE TABLE idp_par (
  urn_h TEXT NOT NULL PRIMARY KEY, -- secret/flow/contract: the pushed or stashed request's name, hashed
  client_id TEXT NOT NULL, -- operational/flow/contract: the app that pushed it
  request_json TEXT NOT NULL, -- operational/flow/contract: its parameters
  dpop_jkt TEXT, -- pseudonymous/flow/contract: thumbprint of the key the code will be bound to
  until BIGINT NOT NULL -- operational/flow/contract: its end
);

CREATE TABLE idp_grant (
  id TEXT NOT NULL PRIMARY KEY, -- operational/login/contract: names what a person allowed an app
  account TEXT NOT NULL, -- pseudonymous/login/contract: the person; empty for an app on its own behalf
  client_id TEXT NOT NULL, -- operational/login/contract: the app
  scope TEXT NOT NULL, -- operational/login/contract: what was allowed, words with spaces
  resource TEXT, -- operational/login/contract: the module its tokens are for
  auth_time BIGINT NOT NULL, -- operational/login/contract: when the person proved themself
  acr TEXT NOT NULL, -- operational/login/contract: how strongly
  amr TEXT NOT NULL, -- operational/login/contract: by what
  session TEXT, -- secret/login/contract: the login it was made in, hashed
  epoch BIGINT NOT NULL, -- operational/login/contract: the account's epoch then
  created BIGINT NOT NULL, -- operational/login/contract: start
  ended BIGINT -- operational/login/contract: when it was ended, if it was
);
CREATE INDEX idp_grant_account ON idp_grant (account);

CREATE TABLE idp_access (
  token_h TEXT NOT NULL PRIMARY KEY, -- secret/login/contract: the access token, hashed
  grant_id TEXT NOT NULL, -- operational/login/contract: its grant
  jkt TEXT, -- pseudonymous/login/contract: the key it is bound to
  scope TEXT NOT NULL, -- operational/login/contract: what it opens
  until BIGINT NOT NULL -- operational/login/contract: its end
);

CREATE TABLE idp_refresh (
  token_h TEXT NOT NULL PRIMARY KEY, -- secret/login/contract: the refresh token, hashed
  family TEXT NOT NULL, -- operational/login/contract: the chain of successors it stands in
  grant_id TEXT NOT NULL, -- operational/login/contract: its grant
  jkt TEXT, -- pseudonymous/login/contract: the key it is bound to
  key_ver BIGINT NOT NULL, -- operational/login/contract: version of the key its successor is made with
  used_at BIGINT, -- operational/login/contract: first use, after which its successor counts
  idle_until BIGINT NOT NULL, -- operational/login/contract: end if not used
  ends BIGINT NOT NULL -- operational/login/contract: end of the whole chain
);
CREATE INDEX idp_refresh_grant ON idp_refresh (grant_id);

CREATE TABLE idp_consent (
  account TEXT NOT NULL, -- pseudonymous/consent/consent: who allowed it
  client_id TEXT NOT NULL, -- operational/consent/consent: the app
  scope TEXT NOT NULL, -- operational/consent/consent: what was allowed, words with spaces
  nickname TEXT, -- pseudonymous/consent/consent: the name chosen for this app
  text_version BIGINT NOT NULL, -- operational/consent/consent: which wording was shown
  given_at BIGINT NOT NULL, -- operational/consent/consent: when
  PRIMARY KEY (account, client_id)
);

CREATE TABLE idp_client (
  client_id TEXT NOT NULL PRIMARY KEY, -- public/contact/contract: names the app
  metadata_json TEXT, -- public/contact/contract: its registration; absent where configuration holds it
  secret_h TEXT, -- secret/contact/contract: its secret, hashed
  state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')), -- operational/contact/contract: whether it may be used
  until BIGINT -- operational/contact/contract: end of a sandbox app
);

CREATE TABLE idp_key (
  kid TEXT NOT NULL PRIMARY KEY, -- public/register/contract: thumbprint of the key
  alg TEXT NOT NULL CHECK (alg IN ('RS256', 'ES256', 'EdDSA')), -- public/register/contract: its algorithm
  public_jwk TEXT NOT NULL, -- public/register/contract: what verifiers need
  private_sealed BYTEA, -- secret/register/contract: what signs; wiped when retired
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retired', 'destroyed')), -- public/register/contract: its stage of life
  public_at BIGINT NOT NULL, -- public/register/contract: when it was first shown
  active_at BIGINT, -- public/register/contract: when it began to sign
  retired_at BIGINT -- public/register/contract: when it ceased to sign
);

CREATE TABLE idp_event (
  account TEXT NOT NULL, -- pseudonymous/log/contract: whose log
  id TEXT NOT NULL, -- operational/log/contract: one line of it
  kind TEXT NOT NULL, -- pseudonymous/log/contract: what happened
  at BIGINT NOT NULL, -- pseudonymous/log/contract: when
  detail_json TEXT, -- pseudonymous/log/contract: which app or way in
  PRIMARY KEY (account, id)
);
