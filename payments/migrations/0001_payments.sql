CREATE TABLE payments_account (
    id BYTEA NOT NULL PRIMARY KEY, -- pseudonymous/tax/law: hash of ledger and name
    name TEXT NOT NULL, -- pseudonymous/tax/law: purse, payee or book the sums belong to
    ledger TEXT NOT NULL CHECK (ledger IN ('UCR', 'EUR')), -- operational/tax/law: which money
    code TEXT NOT NULL, -- operational/tax/law: kind of account
    rule TEXT NOT NULL CHECK (rule IN ('limited', 'folded')), -- operational/tax/law: how its balance is kept
    debits_pending BIGINT NOT NULL CHECK (debits_pending >= 0), -- pseudonymous/tax/law: held
    debits_posted BIGINT NOT NULL CHECK (debits_posted >= 0), -- pseudonymous/tax/law: gone out
    credits_pending BIGINT NOT NULL CHECK (credits_pending >= 0), -- pseudonymous/tax/law: on its way in
    credits_posted BIGINT NOT NULL CHECK (credits_posted >= 0), -- pseudonymous/tax/law: come in
    opened_at BIGINT NOT NULL, -- pseudonymous/tax/law: first use
    closed_at BIGINT, -- pseudonymous/tax/law: end of use
    UNIQUE (ledger, name),
    CHECK (rule <> 'limited' OR debits_pending + debits_posted <= credits_posted)
);

CREATE TABLE payments_transfer (
    id BYTEA NOT NULL PRIMARY KEY, -- pseudonymous/tax/law: hash of what it is for
    kind TEXT NOT NULL CHECK (kind IN ('single', 'pending', 'post', 'void')), -- operational/tax/law: what it does
    ledger TEXT NOT NULL CHECK (ledger IN ('UCR', 'EUR')), -- operational/tax/law: which money
    debit BYTEA NOT NULL, -- pseudonymous/tax/law: account it leaves
    credit BYTEA NOT NULL, -- pseudonymous/tax/law: account it reaches
    amount BIGINT NOT NULL, -- pseudonymous/tax/law: minor units
    pending BYTEA UNIQUE, -- pseudonymous/tax/law: hold it settles
    code TEXT NOT NULL, -- operational/tax/law: why, in a word
    ref BYTEA, -- pseudonymous/tax/law: order it belongs to
    cause TEXT, -- pseudonymous/tax/law: mandate it was made under
    expires_at BIGINT, -- operational/tax/law: end of a hold
    at BIGINT NOT NULL, -- pseudonymous/tax/law: when
    CHECK (debit <> credit),
    CHECK (amount > 0 OR (kind = 'void' AND amount = 0)),
    CHECK ((kind IN ('post', 'void')) = (pending IS NOT NULL))
);
CREATE INDEX payments_transfer_debit ON payments_transfer (debit, kind);
CREATE INDEX payments_transfer_credit ON payments_transfer (credit, kind);
CREATE INDEX payments_transfer_expiry ON payments_transfer (kind, expires_at);

CREATE TABLE payments_mandate (
    id TEXT NOT NULL PRIMARY KEY, -- pseudonymous/account/contract: random
    purse BYTEA NOT NULL, -- pseudonymous/account/contract: purse it may spend from
    jkt BYTEA NOT NULL, -- pseudonymous/account/contract: keyed hash of the key that signs intents
    max_play BIGINT NOT NULL CHECK (max_play > 0), -- pseudonymous/account/contract: most for one play
    max_total BIGINT NOT NULL CHECK (max_total > 0), -- pseudonymous/account/contract: most within its days
    days BIGINT NOT NULL CHECK (days > 0), -- pseudonymous/account/contract: length of the window
    evidence BYTEA NOT NULL, -- personal/account/contract: what was asked and what confirmed it, byte for byte
    asked_at BIGINT NOT NULL, -- pseudonymous/account/contract: when it was asked for
    since BIGINT, -- pseudonymous/account/contract: when it was confirmed
    until BIGINT NOT NULL, -- pseudonymous/account/contract: its end
    revoked_at BIGINT -- pseudonymous/account/contract: its early end
);
CREATE INDEX payments_mandate_purse ON payments_mandate (purse);

CREATE TABLE payments_spend (
    mandate TEXT NOT NULL, -- pseudonymous/account/contract: mandate
    day TEXT NOT NULL, -- pseudonymous/account/contract: UTC day of the hold
    ucr BIGINT NOT NULL CHECK (ucr >= 0), -- pseudonymous/account/contract: held and not freed that day
    PRIMARY KEY (mandate, day)
);

CREATE TABLE payments_order (
    id TEXT NOT NULL PRIMARY KEY, -- pseudonymous/tax/law: random
    kind TEXT NOT NULL CHECK (kind IN ('topup')), -- operational/tax/law: what is bought
    purse BYTEA NOT NULL, -- pseudonymous/tax/law: purse it fills
    minor BIGINT NOT NULL CHECK (minor > 0), -- pseudonymous/tax/law: net price, cents
    currency TEXT NOT NULL, -- operational/tax/law: of the price
    vat BIGINT NOT NULL CHECK (vat >= 0), -- pseudonymous/tax/law: cents on top
    ucr BIGINT NOT NULL CHECK (ucr > 0), -- pseudonymous/tax/law: what it credits
    provider TEXT NOT NULL, -- operational/tax/law: who takes the payment
    provider_ref TEXT UNIQUE, -- pseudonymous/tax/law: its name for the payment
    pay_url TEXT, -- pseudonymous/flow/contract: hosted page
    back TEXT NOT NULL, -- operational/flow/contract: address to return to
    state TEXT NOT NULL CHECK (state IN ('new', 'open', 'paid', 'expired', 'failed', 'mismatch')), -- operational/tax/law: how far it is
    note TEXT, -- operational/tax/law: what differs, for staff
    made BIGINT NOT NULL, -- pseudonymous/tax/law: when it was asked for
    until BIGINT NOT NULL, -- operational/flow/contract: end of the hosted page
    asked BIGINT NOT NULL, -- operational/flow/contract: when the provider was last asked
    paid BIGINT -- pseudonymous/tax/law: when it was credited
);
CREATE INDEX payments_order_purse ON payments_order (purse, made);
CREATE INDEX payments_order_state ON payments_order (state, asked);

CREATE TABLE payments_provider_event (
    provider TEXT NOT NULL, -- operational/tax/law: sender
    event TEXT NOT NULL, -- operational/tax/law: its name for the event
    body BYTEA NOT NULL, -- pseudonymous/tax/law: as sent
    got BIGINT NOT NULL, -- operational/tax/law: when it came
    done BIGINT, -- operational/tax/law: when it was dealt with
    outcome TEXT, -- operational/tax/law: what came of it
    PRIMARY KEY (provider, event)
);

CREATE TABLE payments_day (
    day TEXT NOT NULL PRIMARY KEY, -- operational/tax/law: UTC day
    hash TEXT NOT NULL, -- operational/tax/law: hash of the manifest that was announced
    manifest TEXT, -- operational/tax/law: the signed manifest, byte for byte
    state TEXT NOT NULL CHECK (state IN ('heard', 'differs', 'folding', 'folded')), -- operational/tax/law: how far it is
    note TEXT, -- operational/tax/law: what differs
    artists BIGINT NOT NULL, -- operational/tax/law: sum to the artist side
    coop BIGINT NOT NULL, -- operational/tax/law: sum to the co-op
    heard_at BIGINT NOT NULL, -- operational/tax/law: when it was announced
    folded_at BIGINT -- operational/tax/law: when it was shared out
);

CREATE TABLE payments_fold (
    day TEXT NOT NULL, -- operational/tax/law: UTC day
    track TEXT NOT NULL, -- public/tax/law: track
    ucr BIGINT NOT NULL CHECK (ucr > 0), -- operational/tax/law: what its plays paid that day
    artists BIGINT NOT NULL, -- operational/tax/law: to the artist side
    coop BIGINT NOT NULL, -- operational/tax/law: to the co-op
    sheet TEXT NOT NULL, -- operational/tax/law: hash of its split sheet
    PRIMARY KEY (day, track)
);

CREATE TABLE payments_line (
    payee TEXT NOT NULL, -- public/tax/law: who earned
    period TEXT NOT NULL, -- operational/tax/law: UTC day
    kind TEXT NOT NULL, -- operational/tax/law: s2o
    ref TEXT NOT NULL, -- public/tax/law: track
    plays BIGINT NOT NULL, -- operational/tax/law: counted plays
    ucr BIGINT NOT NULL, -- operational/tax/law: earned
    PRIMARY KEY (payee, period, kind, ref)
);

CREATE TABLE payments_stray (
    id TEXT NOT NULL PRIMARY KEY, -- operational/tax/law: topic and subject
    topic TEXT NOT NULL, -- operational/tax/law: event that could not be carried out
    subject TEXT NOT NULL, -- pseudonymous/tax/law: hold or day it names
    why TEXT NOT NULL, -- operational/tax/law: refusal
    at BIGINT NOT NULL -- operational/tax/law: when
);

CREATE TABLE payments_fake (
    ref TEXT NOT NULL PRIMARY KEY, -- operational/flow/none: the fake provider's name of a payment
    order_id TEXT NOT NULL UNIQUE, -- operational/flow/none: order it is for
    minor BIGINT NOT NULL, -- operational/flow/none: cents to pay
    currency TEXT NOT NULL, -- operational/flow/none: of the price
    back TEXT NOT NULL, -- operational/flow/none: where the payer returns to
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'expired', 'failed')), -- operational/flow/none: how far it is
    until BIGINT NOT NULL, -- operational/flow/none: end of the pay page
    event TEXT -- operational/flow/none: the event that told of the payment
);
