package com.example.boxoffice.accounts;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

public interface AccountRepository extends Repository<Account, UUID> {

  /** A taken address is left as it is. */
  @Modifying
  @Query(
      nativeQuery = true,
      value =
          """
          INSERT INTO accounts (id, email, password_hash, created_at)
          VALUES (:id, :email, :passwordHash, :createdAt) ON CONFLICT (email) DO NOTHING""")
  void insertIfFree(UUID id, String email, String passwordHash, Instant createdAt);

  Optional<Account> findByEmail(String email);

  /** Who somebody is, without the hash of the password. */
  @Query(
      "select new com.example.boxoffice.accounts.SignedIn(a.id, a.email) from Account a where a.id = :id")
  Optional<SignedIn> findIdentity(UUID id);

  @Modifying
  @Query("update Account a set a.passwordHash = :passwordHash where a.id = :id")
  void updatePasswordHash(UUID id, String passwordHash);
}
