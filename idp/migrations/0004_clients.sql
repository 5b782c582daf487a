-- Apps that registered themselves, and what only their makers may do with the registration.

CREATE TABLE idp_registration (
    client_id TEXT NOT NULL PRIMARY KEY, -- public/contact/contract: names the app
    token_h TEXT, -- secret/contact/contract: its registration access token, hashed
    inspect_h TEXT, -- secret/contact/contract: opens the list of its own requests, hashed
    owner TEXT, -- pseudonymous/account/contract: the account that registered it while signed in, if any
    created BIGINT NOT NULL -- operational/contact/contract: when it was registered
);

CREATE INDEX idp_registration_owner ON idp_registration (owner);

CREATE TABLE idp_client_logo (
    client_id TEXT NOT NULL PRIMARY KEY, -- public/contact/contract: names the app
    png BYTEA NOT NULL -- public/contact/contract: its picture, written anew by us
);

CREATE TABLE idp_initial_token (
    token_h TEXT NOT NULL PRIMARY KEY, -- secret/contact/contract: lets its holder register apps, hashed
    left_n BIGINT NOT NULL CHECK (left_n >= 0), -- operational/contact/contract: registrations left
    until BIGINT NOT NULL -- operational/contact/contract: its end
);
