package com.example.boxoffice.auth;

import com.example.boxoffice.shared.Identified;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/**
 * One use of a family of tokens that descend from one login. Only the digest of the token is known.
 */
@Entity
@Table(name = "refresh_tokens")
class RefreshToken extends Identified {

  @Column(nullable = false, updatable = false)
  private UUID accountId;

  @Column(nullable = false, updatable = false)
  private UUID familyId;

  @Column(nullable = false, updatable = false)
  private byte[] tokenHash;

  @Column(nullable = false, updatable = false)
  private Instant expiresAt;

  private Instant usedAt;
  private Instant revokedAt;

  protected RefreshToken() {}

  RefreshToken(
      UUID accountId, UUID familyId, byte[] tokenHash, Instant createdAt, Instant expiresAt) {
    super(createdAt);
    this.accountId = accountId;
    this.familyId = familyId;
    this.tokenHash = tokenHash;
    this.expiresAt = expiresAt;
  }

  boolean isValidAt(Instant now) {
    return revokedAt == null && now.isBefore(expiresAt);
  }

  boolean isSpent() {
    return usedAt != null;
  }

  void spend(Instant now) {
    usedAt = now;
  }

  UUID getAccountId() {
    return accountId;
  }

  UUID getFamilyId() {
    return familyId;
  }
}
