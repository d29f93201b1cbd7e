CREATE TABLE rate_limits (
    bucket text CONSTRAINT rate_limits_pkey PRIMARY KEY,  -- kind and SHA-256 of the address: no e-mail address at rest
    window_start timestamptz NOT NULL,
    hits integer NOT NULL
);
