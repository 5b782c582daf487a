-- Staff: who may do what, each act with its reason, and invitations.
CREATE TABLE idp_staff (
  account TEXT NOT NULL, -- pseudonymous/staff/contract: who may act for the co-op
  capability TEXT NOT NULL CHECK (capability IN ('owner', 'idp.read', 'idp.clients', 'idp.accounts', 'idp.keys', 'idp.invites')), -- operational/staff/contract: what they may do
  given_at BIGINT NOT NULL, -- operational/staff/contract: since when
  PRIMARY KEY (account, capability)
);

CREATE TABLE idp_staff_act (
  id TEXT NOT NULL PRIMARY KEY, -- operational/audit/contract: names one act
  actor TEXT NOT NULL, -- pseudonymous/audit/contract: who acted or asked for a second person
  act TEXT NOT NULL, -- operational/audit/contract: what was done or asked for
  target TEXT NOT NULL, -- pseudonymous/audit/contract: the app, key algorithm, account, invitation or act it was about
  detail TEXT, -- operational/audit/contract: the capability given, or how many may use an invitation
  reason TEXT NOT NULL, -- personal/audit/contract: why, in the words of who acted
  state TEXT NOT NULL CHECK (state IN ('done', 'waiting', 'refused', 'withdrawn')), -- operational/audit/contract: whether it happened
  second TEXT, -- pseudonymous/audit/contract: the other person, who confirmed or refused
  at BIGINT NOT NULL, -- operational/audit/contract: when
  until BIGINT -- operational/audit/contract: end of waiting for a second person
);
CREATE INDEX idp_staff_act_at ON idp_staff_act (at);

CREATE TABLE idp_invite (
  token_h TEXT NOT NULL PRIMARY KEY, -- secret/invite/contract: an invitation, hashed
  made_n BIGINT NOT NULL, -- operational/invite/contract: how many accounts it was made for
  left_n BIGINT NOT NULL CHECK (left_n >= 0), -- operational/invite/contract: how many it still gives
  made_at BIGINT NOT NULL, -- operational/invite/contract: when it was made
  until BIGINT NOT NULL -- operational/invite/contract: its end
);

ALTER TABLE idp_client ADD COLUMN verified BIGINT NOT NULL DEFAULT 0 CHECK (verified IN (0, 1)); -- public/contact/contract: whether the co-op looked at the app
ALTER TABLE idp_client ADD COLUMN high BIGINT NOT NULL DEFAULT 0 CHECK (high IN (0, 1)); -- public/contact/contract: whether staff hold it to the strict profile
