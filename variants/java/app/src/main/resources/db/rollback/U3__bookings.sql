-- region: migration
-- The way back of V3: run by `java -jar box-office.jar rollback`, in one transaction with its row
-- in flyway_schema_history. Flyway's own undo migrations are not in its free edition.
-- The newest goes first, so that nothing refers to this table any more.

DROP TABLE bookings;
-- endregion: migration
