package com.example.boxoffice.accounts;

import com.example.boxoffice.limits.RateLimiter;
import java.time.Clock;
import java.util.UUID;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

// region: injection
@Service
public class AccountService {

  private final AccountRepository accounts;
  private final PasswordHasher hasher;
  private final RateLimiter limiter;
  private final TransactionTemplate transaction;
  private final Clock clock;

  AccountService(
      AccountRepository accounts,
      PasswordHasher hasher,
      RateLimiter limiter,
      TransactionTemplate transaction,
      Clock clock) {
    this.accounts = accounts;
    this.hasher = hasher;
    this.limiter = limiter;
    this.transaction = transaction;
    this.clock = clock;
  }

  // endregion: injection

  /**
   * Says nothing of whether the address was free: neither by its result nor by its time, since both
   * ways hash. The hash is made before the transaction begins: it would hold a connection while it
   * counts.
   */
  public void register(String email, String password, String address) {
    limiter.admitRegistration(address);
    String hash = hasher.hash(password);
    transaction.executeWithoutResult(
        status -> accounts.insertIfFree(UUID.randomUUID(), email, hash, clock.instant()));
  }
}
