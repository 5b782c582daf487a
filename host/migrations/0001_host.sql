-- Single-use things that were issued and not yet taken. The key is a hash: no secret stands here.
CREATE TABLE host_once (
    key BYTEA NOT NULL PRIMARY KEY, -- secret/until taken or ended/contract: hash of the space and the secret
    bound TEXT NOT NULL, -- pseudonymous/until taken or ended/contract: the client, browser or key it is for
    body TEXT NOT NULL, -- pseudonymous/until taken or ended/contract: what its taker gets
    family TEXT NOT NULL, -- pseudonymous/until taken or ended/contract: what a second use revokes
    until BIGINT NOT NULL -- operational/until taken or ended/contract: its end
);
CREATE INDEX host_once_until ON host_once (until);

-- Those that were taken, so that a second use is known and not merely missing.
CREATE TABLE host_spent (
    key BYTEA NOT NULL PRIMARY KEY, -- secret/as its space says/legitimate interest: hash of the space and the secret
    bound TEXT NOT NULL, -- pseudonymous/as its space says/legitimate interest: the client, browser or key it was for
    family TEXT NOT NULL, -- pseudonymous/as its space says/legitimate interest: what a second use revokes
    until BIGINT NOT NULL -- operational/as its space says/legitimate interest: when it is forgotten
);
CREATE INDEX host_spent_until ON host_spent (until);

-- Marks that may come once: of events, proofs, webhooks.
CREATE TABLE host_seen (
    key BYTEA NOT NULL PRIMARY KEY, -- secret/as its space says/legitimate interest: hash of the space and the mark
    until BIGINT NOT NULL -- operational/as its space says/legitimate interest: when it is forgotten
);
CREATE INDEX host_seen_until ON host_seen (until);

-- Events on their way, one row an audience.
CREATE TABLE host_outbox (
    id TEXT NOT NULL PRIMARY KEY, -- operational/7 days after delivery/contract: the event's jti
    module TEXT NOT NULL, -- operational/7 days after delivery/contract: the module that sends
    topic TEXT NOT NULL, -- operational/7 days after delivery/contract: topic and version
    subject TEXT NOT NULL, -- pseudonymous/7 days after delivery/contract: opaque reference it is about
    ver BIGINT NOT NULL, -- operational/7 days after delivery/contract: grows with topic and subject
    audience TEXT NOT NULL, -- operational/7 days after delivery/contract: the module that hears
    body TEXT NOT NULL, -- pseudonymous/7 days after delivery/contract: the event's members
    jws TEXT, -- pseudonymous/7 days after delivery/contract: the signed event, made once
    made BIGINT NOT NULL, -- operational/7 days after delivery/contract: when it happened
    due BIGINT NOT NULL, -- operational/7 days after delivery/contract: when it is next sent
    tries BIGINT NOT NULL, -- operational/7 days after delivery/contract: how often it was sent
    lease BIGINT, -- operational/7 days after delivery/contract: until when a worker has it
    done BIGINT, -- operational/7 days after delivery/contract: when it was received
    dead BIGINT, -- operational/until an operator decides/contract: when it was given up
    fault TEXT -- operational/7 days after delivery/contract: the receiver's last word on it
);
CREATE INDEX host_outbox_due ON host_outbox (module, done, dead, due);

-- Recurring work: when it is due, and who is at it.
CREATE TABLE host_job (
    name TEXT NOT NULL PRIMARY KEY, -- operational/as long as the job exists/contract: module and job
    due BIGINT NOT NULL, -- operational/as long as the job exists/contract: when it runs next
    lease BIGINT, -- operational/as long as the job exists/contract: until when a node has it
    holder TEXT, -- operational/as long as the job exists/contract: random name of that node's turn
    failed BIGINT NOT NULL CHECK (failed >= 0) -- operational/as long as the job exists/contract: failures in a row
);
