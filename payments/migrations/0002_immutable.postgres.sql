CREATE FUNCTION payments_transfer_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'transfers are never changed or deleted'; END $$;
CREATE TRIGGER payments_transfer_update BEFORE UPDATE ON payments_transfer
FOR EACH ROW EXECUTE FUNCTION payments_transfer_immutable();
CREATE TRIGGER payments_transfer_delete BEFORE DELETE ON payments_transfer
FOR EACH ROW EXECUTE FUNCTION payments_transfer_immutable();
CREATE TRIGGER payments_transfer_truncate BEFORE TRUNCATE ON payments_transfer
FOR EACH STATEMENT EXECUTE FUNCTION payments_transfer_immutable();
