-- region: migration
CREATE TABLE bookings (
    id uuid CONSTRAINT bookings_pkey PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT bookings_event_id_fkey REFERENCES events (id),
    account_id uuid NOT NULL CONSTRAINT bookings_account_id_fkey REFERENCES accounts (id),
    seats integer NOT NULL CONSTRAINT bookings_seats_check CHECK (seats BETWEEN 1 AND 10),
    total_cents bigint NOT NULL CONSTRAINT bookings_total_cents_check CHECK (total_cents >= 0),
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'booked' CONSTRAINT bookings_status_check CHECK (status IN ('booked', 'cancelled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz
);
CREATE UNIQUE INDEX bookings_active_key ON bookings (event_id, account_id) WHERE status = 'booked';  -- one active booking each
CREATE INDEX bookings_account_page_idx ON bookings (account_id, created_at DESC, id DESC);  -- my bookings
CREATE INDEX bookings_event_page_idx ON bookings (event_id, created_at DESC, id DESC);  -- the organiser's list
-- endregion: migration
