CREATE TABLE streaming_session (
    jkt BYTEA NOT NULL PRIMARY KEY, -- pseudonymous/login/contract: keyed hash of the player's key
    listener BYTEA NOT NULL, -- pseudonymous/login/contract: keyed hash of the listener's name here
    until BIGINT NOT NULL -- operational/login/contract: end of the play session
);
CREATE INDEX streaming_session_until ON streaming_session (until);

CREATE TABLE streaming_play (
    play BYTEA NOT NULL PRIMARY KEY, -- pseudonymous/play/contract: made by the player
    listener BYTEA NOT NULL, -- pseudonymous/play/contract: keyed hash of the listener's name here
    track TEXT NOT NULL REFERENCES streaming_track (id), -- pseudonymous/play/contract: what is played
    rendition TEXT NOT NULL, -- pseudonymous/play/contract: hash of the file that is played
    plan TEXT NOT NULL CHECK (plan IN ('s2o', 'free', 'own', 'owned')), -- pseudonymous/play/contract: how it is paid
    n BIGINT NOT NULL, -- pseudonymous/play/contract: which play of this track it is
    price BIGINT NOT NULL CHECK (price >= 0), -- pseudonymous/play/contract: micro-credits held for it
    hold BYTEA NOT NULL UNIQUE, -- pseudonymous/play/contract: the hold at payments
    state TEXT NOT NULL CHECK (state IN ('granted', 'playing', 'qualified', 'ended', 'superseded', 'expired', 'voided')), -- pseudonymous/play/contract: where it stands
    why TEXT, -- pseudonymous/play/contract: why it was ended or cannot count
    rules TEXT NOT NULL, -- pseudonymous/play/contract: rules of the decision to let it start
    edge TEXT NOT NULL, -- operational/play/contract: which edge serves it
    jkt BYTEA NOT NULL, -- pseudonymous/play/contract: keyed hash of the key that started it
    day TEXT NOT NULL, -- pseudonymous/play/contract: UTC day of the start
    paid_at_start BIGINT NOT NULL CHECK (paid_at_start IN (0, 1)), -- pseudonymous/play/contract: counted with its first byte
    granted_at BIGINT NOT NULL, -- pseudonymous/play/contract: start
    first_at BIGINT, -- pseudonymous/play/contract: first byte
    qualified_at BIGINT, -- pseudonymous/play/contract: when it counted
    ended_at BIGINT, -- pseudonymous/play/contract: end
    heard_ms BIGINT NOT NULL, -- pseudonymous/play/contract: heard time the player reported
    served BIGINT NOT NULL -- pseudonymous/play/contract: bytes sent
);
CREATE INDEX streaming_play_listener ON streaming_play (listener, granted_at);
CREATE INDEX streaming_play_day ON streaming_play (day, state);

CREATE TABLE streaming_lapse (
    listener BYTEA NOT NULL, -- pseudonymous/play/contract: keyed hash of the listener's name here
    day TEXT NOT NULL, -- pseudonymous/play/contract: UTC day
    n BIGINT NOT NULL, -- pseudonymous/play/contract: starts that took the bytes and never counted
    PRIMARY KEY (listener, day)
);

-- What a listener has counted towards owning each track. No times but that of owning.
CREATE TABLE streaming_tally (
    listener BYTEA NOT NULL, -- pseudonymous/account/contract: keyed hash of the listener's name here
    track TEXT NOT NULL REFERENCES streaming_track (id), -- pseudonymous/account/contract: which track
    n BIGINT NOT NULL CHECK (n >= 0 AND n <= 9), -- pseudonymous/account/contract: counted plays
    owned_at BIGINT, -- pseudonymous/account/contract: since when it is owned
    how TEXT, -- pseudonymous/account/contract: how it came to be owned
    PRIMARY KEY (listener, track)
);

CREATE TABLE streaming_day (
    day TEXT NOT NULL PRIMARY KEY, -- public/forever/law: UTC day
    plays BIGINT NOT NULL, -- public/forever/law: plays that counted
    ucr BIGINT NOT NULL, -- public/forever/law: micro-credits paid for them
    manifest TEXT NOT NULL, -- public/forever/law: the signed sums
    closed_at BIGINT NOT NULL -- operational/forever/law: when it was closed
);
