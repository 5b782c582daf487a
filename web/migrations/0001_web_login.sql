-- One login of a browser at one of our origins. Who it is lies sealed in body: beside a purse or a
-- play, a stolen dump must not name anyone.
CREATE TABLE web_login (
    id_h BYTEA PRIMARY KEY, -- secret/7 d idle, 30 d/contract: SHA-256 of the cookie
    origin TEXT NOT NULL, -- operational/7 d idle, 30 d/contract: which front it belongs to
    body BYTEA NOT NULL, -- sealed/7 d idle, 30 d/contract: subject, strength, time of proof
    sid_h BYTEA, -- secret/7 d idle, 30 d/contract: SHA-256 of the provider's session name, for its logout
    seen BIGINT NOT NULL, -- operational/7 d idle, 30 d/contract: last use, to the hour
    ends BIGINT NOT NULL -- operational/7 d idle, 30 d/contract: absolute end
);

CREATE INDEX web_login_sid ON web_login (sid_h);
CREATE INDEX web_login_ends ON web_login (ends);
