package com.example.boxoffice.accounts;

import java.util.UUID;

/** The account that makes a request. */
public record SignedIn(UUID id, String email) {}
