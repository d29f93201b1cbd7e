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

CREATE TABLE rate_limits (
    bucket text CONSTRAINT rate_limits_pkey PRIMARY KEY,  -- kind and SHA-256 of the address: no e-mail address at rest
    window_start timestamptz NOT NULL,
    hits integer NOT NULL
);
