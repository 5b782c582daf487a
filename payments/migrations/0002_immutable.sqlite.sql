CREATE TRIGGER payments_transfer_update BEFORE UPDATE ON payments_transfer
BEGIN SELECT RAISE(ABORT, 'transfers are never changed'); END;
CREATE TRIGGER payments_transfer_delete BEFORE DELETE ON payments_transfer
BEGIN SELECT RAISE(ABORT, 'transfers are never deleted'); END;
