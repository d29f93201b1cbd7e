-- region: migration
DROP TABLE events;
-- endregion: migration
