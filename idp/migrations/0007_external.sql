-- Ways in by an outside provider, and pictures for a wallet on another device.
CREATE TABLE idp_external (
  tag TEXT NOT NULL PRIMARY KEY, -- pseudonymous/account/contract: keyed hash of who someone is at an outside provider
  account TEXT NOT NULL, -- pseudonymous/account/contract: whose way in it is
  provider TEXT NOT NULL, -- operational/account/contract: the provider's name in the configuration
  attached_day TEXT NOT NULL -- operational/account/contract: the day it was attached
);
CREATE INDEX idp_external_account ON idp_external (account);

-- Nothing here leads to an account, on purpose: a tag admits once, and nobody can tell whom.
CREATE TABLE idp_external_used (
  tag TEXT NOT NULL PRIMARY KEY -- pseudonymous/register/contract: keyed hash that admitted someone to join
);

CREATE TABLE idp_qr (
  request_id TEXT NOT NULL PRIMARY KEY, -- operational/flow/contract: the request to a wallet that a picture shows
  ix TEXT NOT NULL, -- operational/flow/contract: the sign-in it belongs to
  number BIGINT NOT NULL, -- operational/flow/contract: the two digits beside the picture
  drawn BIGINT NOT NULL -- operational/flow/contract: when the picture was drawn
);
CREATE INDEX idp_qr_ix ON idp_qr (ix);
