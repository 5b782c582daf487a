-- What people's own pages remember.
CREATE TABLE idp_nudge (
  account TEXT NOT NULL PRIMARY KEY, -- pseudonymous/account/contract: who said "Later"
  quiet_until BIGINT NOT NULL -- operational/account/contract: until when the hint at a second way in is silent
);
