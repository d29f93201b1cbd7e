package com.example.boxoffice.auth;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface RefreshTokenRepository extends Repository<RefreshToken, UUID> {

  void save(RefreshToken token);

  /**
   * Locks the account with the token: ending a family then cannot miss a token that is being made.
   */
  @Query(
      nativeQuery = true,
      value =
          """
          SELECT token.* FROM refresh_tokens token JOIN accounts account ON account.id = token.account_id
          WHERE token.token_hash = :hash FOR NO KEY UPDATE""")
  Optional<RefreshToken> lock(byte[] hash);

  @Modifying
  @Query(
      "update RefreshToken t set t.revokedAt = :now where t.familyId = :familyId and t.revokedAt is null")
  void revokeFamily(UUID familyId, Instant now);
}
