CREATE TABLE recovery_vault (
    vault_id BYTEA NOT NULL PRIMARY KEY, -- pseudonymous/vault/contract: 16 random bytes of a wallet
    write_jwk TEXT NOT NULL, -- pseudonymous/vault/contract: public key that may write it
    epoch BIGINT NOT NULL, -- operational/vault/contract: which root key it is under
    version BIGINT NOT NULL, -- operational/vault/contract: which writing it is
    doc TEXT NOT NULL, -- sealed/vault/contract: the document, opened by the wallet alone
    touched_us BIGINT NOT NULL, -- operational/vault/contract: start of the day of last use
    leaving_us BIGINT -- operational/vault/contract: when it is deleted, once somebody asked
);
CREATE INDEX recovery_vault_touched ON recovery_vault (touched_us);
CREATE INDEX recovery_vault_leaving ON recovery_vault (leaving_us);

CREATE TABLE recovery_vault_reader (
    vault_id BYTEA NOT NULL, -- pseudonymous/vault/contract: which vault
    token_hash BYTEA NOT NULL, -- secret/vault/contract: SHA-256 of a token that may read it
    PRIMARY KEY (vault_id, token_hash)
);

CREATE TABLE recovery_vault_old (
    vault_id BYTEA NOT NULL, -- pseudonymous/vault/contract: which vault
    version BIGINT NOT NULL, -- operational/vault/contract: which writing it was
    doc TEXT NOT NULL, -- sealed/30d/contract: an earlier document
    at_us BIGINT NOT NULL, -- operational/30d/contract: when it was replaced
    PRIMARY KEY (vault_id, version)
);
CREATE INDEX recovery_vault_old_at ON recovery_vault_old (at_us, vault_id);

CREATE TABLE recovery_vault_finder (
    id BYTEA NOT NULL PRIMARY KEY, -- pseudonymous/vault/contract: derived from a sheet of words
    vault_id BYTEA NOT NULL, -- pseudonymous/vault/contract: the vault whose key wrote it
    box BYTEA NOT NULL, -- sealed/vault/contract: vault and read token, opened by the sheet alone
    touched_us BIGINT NOT NULL -- operational/vault/contract: start of the day of last use
);
CREATE INDEX recovery_vault_finder_of ON recovery_vault_finder (vault_id);
