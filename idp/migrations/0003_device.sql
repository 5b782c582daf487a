-- Devices without a browser (RFC 8628): what each shows is kept as a keyed hash, what it holds as a hash.
CREATE TABLE idp_device (
  device_h TEXT NOT NULL PRIMARY KEY, -- secret/flow/contract: the device code, hashed
  user_code_h TEXT NOT NULL UNIQUE, -- secret/flow/contract: the code on its screen, under a keyed hash
  client_id TEXT NOT NULL, -- operational/flow/contract: the app on the device
  scope TEXT NOT NULL, -- operational/flow/contract: what it asked for, words with spaces
  resource TEXT, -- operational/flow/contract: whom its tokens are for
  state TEXT NOT NULL CHECK (state IN ('pending', 'allowed', 'denied', 'taken')), -- operational/flow/contract: the decision
  grant_id TEXT, -- operational/flow/contract: what was allowed
  polled BIGINT, -- operational/flow/contract: when it last asked
  step BIGINT NOT NULL, -- operational/flow/contract: seconds it has to wait between two questions
  began BIGINT NOT NULL, -- operational/flow/contract: start, shown to the person
  until BIGINT NOT NULL -- operational/flow/contract: its end
);
