-- Ended logins that apps are still to be told of; card keys live as token keys do.
CREATE TABLE idp_logout (
  id TEXT NOT NULL PRIMARY KEY, -- operational/flow/contract: names the notice: the sid, or a grant's id where there is none
  client_id TEXT NOT NULL, -- operational/flow/contract: the app that is told
  account TEXT NOT NULL, -- pseudonymous/flow/contract: whose login ended, for the subject at that app
  sid TEXT, -- pseudonymous/flow/contract: what that app called the login
  tries BIGINT NOT NULL, -- operational/flow/contract: how often it was sent
  due BIGINT NOT NULL -- operational/flow/contract: when it is sent next
);
CREATE INDEX idp_logout_due ON idp_logout (due);
CREATE INDEX idp_logout_account ON idp_logout (account);
CREATE INDEX idp_grant_session ON idp_grant (session);

ALTER TABLE idp_key ADD COLUMN purpose TEXT NOT NULL DEFAULT 'token' CHECK (purpose IN ('token', 'card')); -- public/register/contract: what it signs
INSERT INTO idp_key (kid, alg, public_jwk, private_sealed, state, public_at, active_at, retired_at, purpose)
  SELECT kid, 'ES256', public_jwk, private_sealed, state, public_at, public_at, NULL, 'card' FROM idp_card_key;
DROP TABLE idp_card_key;
