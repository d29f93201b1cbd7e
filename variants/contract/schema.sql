-- The state after all migrations of every stack. Names of constraints and indexes are part of the contract: code maps errors by them.

CREATE TABLE accounts (
    id uuid CONSTRAINT accounts_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT accounts_email_key UNIQUE,  -- trimmed and lower-cased before it comes here
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE refresh_tokens (
    id uuid CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT refresh_tokens_account_id_fkey REFERENCES accounts (id) ON DELETE CASCADE,
    family_id uuid NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT refresh_tokens_token_hash_key UNIQUE,  -- SHA-256: the token itself is never stored
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refresh_tokens_account_id_idx ON refresh_tokens (account_id);  -- deleting an account
CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id);  -- ending a family

CREATE TABLE events (
    id uuid CONSTRAINT events_pkey PRIMARY KEY,
    owner_id uuid NOT NULL CONSTRAINT events_owner_id_fkey REFERENCES accounts (id),
    title text NOT NULL CONSTRAINT events_title_check CHECK (char_length(title) BETWEEN 1 AND 120),
    starts_at timestamptz NOT NULL,
    capacity integer NOT NULL CONSTRAINT events_capacity_check CHECK (capacity BETWEEN 1 AND 100000),
    seats_booked integer NOT NULL DEFAULT 0 CONSTRAINT events_seats_booked_check CHECK (seats_booked BETWEEN 0 AND capacity),
    price_cents integer NOT NULL CONSTRAINT events_price_cents_check CHECK (price_cents BETWEEN 0 AND 10000000),
    currency text NOT NULL CONSTRAINT events_currency_check CHECK (currency IN ('EUR', 'GBP', 'USD')),
    status text NOT NULL DEFAULT 'draft' CONSTRAINT events_status_check CHECK (status IN ('draft', 'published', 'cancelled')),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_owner_id_idx ON events (owner_id);
CREATE INDEX events_published_idx ON events (starts_at, id) WHERE status = 'published';  -- the public list

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

CREATE TABLE idempotency_keys (
    account_id uuid NOT NULL CONSTRAINT idempotency_keys_account_id_fkey REFERENCES accounts (id) ON DELETE CASCADE,
    route text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    response_status integer NOT NULL,
    response_body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (account_id, route, key)
);

CREATE TABLE outbox (
    id uuid CONSTRAINT outbox_pkey PRIMARY KEY,
    topic text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    available_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    failed_at timestamptz,
    last_error text
);
CREATE INDEX outbox_due_idx ON outbox (available_at) WHERE delivered_at IS NULL AND failed_at IS NULL;  -- the worker's question

CREATE TABLE rate_limits (
    bucket text CONSTRAINT rate_limits_pkey PRIMARY KEY,  -- kind and SHA-256 of the address: no e-mail address at rest
    window_start timestamptz NOT NULL,
    hits integer NOT NULL
);
