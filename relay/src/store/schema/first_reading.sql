-- Version 2: the relay tells how its first reading of the platform fares.

-- Steps of the first fill that failed in a row; 0 once one is stored.
ALTER TABLE sweep ADD COLUMN fill_failures INTEGER NOT NULL DEFAULT 0;
-- Of one kind, as it travels; NULL: not told.
ALTER TABLE watermark ADD COLUMN first_reading TEXT;
