CREATE TABLE events (
    id uuid CONSTRAINT events_pkey PRIMARY KEY,
    owner_id uuid NOT NULL CONSTRAINT events_owner_id_fkey REFERENCES accounts (id),
    title text NOT NULL CONSTRAINT events_title_check CHECK (char_length(title) BETWEEN 1 AND 120),
    starts_at timestamptz NOT NULL,
    capacity integer NOT NULL CONSTRAINT events_capacity_check CHECK (capacity BETWEEN 1 AND 100000),
    seats_booked integer NOT NULL DEFAULT 0
        CONSTRAINT events_seats_booked_check CHECK (seats_booked BETWEEN 0 AND capacity),
    price_cents integer NOT NULL CONSTRAINT events_price_cents_check CHECK (price_cents BETWEEN 0 AND 10000000),
    currency text NOT NULL CONSTRAINT events_currency_check CHECK (currency IN ('EUR', 'GBP', 'USD')),
    status text NOT NULL DEFAULT 'draft'
        CONSTRAINT events_status_check CHECK (status IN ('draft', 'published', 'cancelled')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_owner_id_idx ON events (owner_id);
CREATE INDEX events_published_idx ON events (starts_at, id) WHERE status = 'published';  -- the public list
