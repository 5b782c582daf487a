-- What apps are told, and what becomes of them.

-- Null for every app that is no resource; two apps cannot be the same one.
ALTER TABLE idp_client ADD COLUMN resource TEXT; -- public/contact/contract: the address it takes access tokens for
ALTER TABLE idp_client ADD COLUMN stranger BIGINT NOT NULL DEFAULT 0 CHECK (stranger IN (0, 1)); -- operational/contact/contract: whether it came by itself, without an operator's word
ALTER TABLE idp_client ADD COLUMN gone BIGINT; -- operational/contact/contract: when it deleted its registration; kept until its people's logouts are told
CREATE UNIQUE INDEX idp_client_resource ON idp_client (resource);
UPDATE idp_client SET stranger = 1 WHERE until IS NOT NULL OR EXISTS (SELECT 1 FROM idp_registration
  WHERE idp_registration.client_id = idp_client.client_id AND idp_registration.token_h IS NOT NULL);

ALTER TABLE idp_session_client ADD COLUMN proved BIGINT; -- operational/login/contract: when the person last proved themself on a visit of this app
ALTER TABLE idp_interaction ADD COLUMN proved BIGINT NOT NULL DEFAULT 0 CHECK (proved IN (0, 1)); -- operational/flow/contract: whether the proof was made in this sign-in
ALTER TABLE idp_grant ADD COLUMN told BIGINT; -- operational/login/contract: the instant of the proof as the app may know it

CREATE INDEX idp_session_client_client ON idp_session_client (client_id);
CREATE INDEX idp_grant_client ON idp_grant (client_id);
CREATE INDEX idp_consent_client ON idp_consent (client_id);
