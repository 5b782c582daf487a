-- Ways in (passkeys, wallet keys), presentations under way, and what was issued.
CREATE TABLE idp_passkey (
  credential_id TEXT NOT NULL PRIMARY KEY, -- pseudonymous/account/contract: names a passkey, base64url
  account TEXT NOT NULL, -- pseudonymous/account/contract: whose way in it is
  passkey_json TEXT NOT NULL, -- pseudonymous/account/contract: its public key and counter
  name TEXT NOT NULL, -- pseudonymous/account/contract: the name its owner gave it
  be BIGINT NOT NULL CHECK (be IN (0, 1)), -- operational/account/contract: whether it may be synced
  bs BIGINT NOT NULL CHECK (bs IN (0, 1)), -- operational/account/contract: whether it is synced
  created_day TEXT NOT NULL, -- operational/account/contract: the day it was added
  used_day TEXT, -- operational/account/contract: the day it was last used
  suspended BIGINT -- operational/account/contract: since when it opens nothing
);
CREATE INDEX idp_passkey_account ON idp_passkey (account);

CREATE TABLE idp_wallet_key (
  jkt TEXT NOT NULL PRIMARY KEY, -- pseudonymous/account/contract: thumbprint of a wallet's key for this origin
  account TEXT NOT NULL, -- pseudonymous/account/contract: whose way in it is
  created_day TEXT NOT NULL -- operational/account/contract: the day it was added
);
CREATE INDEX idp_wallet_key_account ON idp_wallet_key (account);

CREATE TABLE idp_vp_tx (
  request_id TEXT NOT NULL PRIMARY KEY, -- operational/flow/contract: names a request to a wallet, its state
  asker TEXT NOT NULL, -- operational/flow/contract: the module that asks, idp for a sign-in
  ix TEXT, -- operational/flow/contract: the sign-in it belongs to
  purpose TEXT NOT NULL, -- operational/flow/contract: what is asked and why
  mode TEXT NOT NULL CHECK (mode IN ('vp', 'siop')), -- operational/flow/contract: card or self-issued token
  nonce TEXT NOT NULL, -- operational/flow/contract: what the answer must repeat
  back TEXT NOT NULL, -- operational/flow/contract: where the browser goes afterwards
  data_json TEXT, -- operational/flow/contract: transaction data as sent
  tries BIGINT NOT NULL, -- operational/flow/contract: refused answers so far
  status TEXT NOT NULL CHECK (status IN ('open', 'answered', 'refused', 'closed')), -- operational/flow/contract: the step
  until BIGINT NOT NULL -- operational/flow/contract: its end
);
CREATE INDEX idp_vp_tx_ix ON idp_vp_tx (ix);

CREATE TABLE idp_issued (
  cnf_mac TEXT NOT NULL PRIMARY KEY, -- operational/login/contract: keyed hash of a card's key, so that no key gets two cards
  sender TEXT, -- operational/login/contract: module of the offer, none for cards bound to an account
  ref TEXT, -- operational/login/contract: the offer
  list BIGINT, -- operational/login/contract: status list
  idx BIGINT, -- operational/login/contract: place in it
  expires BIGINT NOT NULL, -- operational/login/contract: end of the card
  UNIQUE (list, idx)
);
CREATE INDEX idp_issued_expires ON idp_issued (expires);

CREATE TABLE idp_card_key (
  kid TEXT NOT NULL PRIMARY KEY, -- public/register/contract: thumbprint of a key that signs cards
  public_jwk TEXT NOT NULL, -- public/register/contract: what verifiers need
  private_sealed BYTEA, -- secret/register/contract: what signs; wiped when retired
  state TEXT NOT NULL CHECK (state IN ('active', 'retired')), -- public/register/contract: its stage of life
  public_at BIGINT NOT NULL -- public/register/contract: when it was first shown
);
