package com.example.boxoffice.auth;

import com.example.boxoffice.accounts.Account;
import com.example.boxoffice.accounts.AccountRepository;
import com.example.boxoffice.accounts.PasswordHasher;
import com.example.boxoffice.limits.RateLimiter;
import com.example.boxoffice.shared.Digests;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.shared.Settings;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

@Service
class AuthService {

  private final AccountRepository accounts;
  private final RefreshTokenRepository refreshTokens;
  private final AccessTokens accessTokens;
  private final PasswordHasher hasher;
  private final RateLimiter limiter;
  private final TransactionTemplate transaction;
  private final Settings settings;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  AuthService(
      AccountRepository accounts,
      RefreshTokenRepository refreshTokens,
      AccessTokens accessTokens,
      PasswordHasher hasher,
      RateLimiter limiter,
      TransactionTemplate transaction,
      Settings settings,
      Clock clock) {
    this.accounts = accounts;
    this.refreshTokens = refreshTokens;
    this.accessTokens = accessTokens;
    this.hasher = hasher;
    this.limiter = limiter;
    this.transaction = transaction;
    this.settings = settings;
    this.clock = clock;
  }

  /** Hashes outside of any transaction: it would hold a connection while it counts. */
  TokenPair login(String email, String password, String address) {
    limiter.admitLogin(email, address);
    Optional<Account> account = accounts.findByEmail(email);
    boolean matches = hasher.verify(password, account.map(Account::getPasswordHash).orElse(null));
    if (account.isEmpty() || !matches) {
      throw new DomainException(ErrorCode.UNAUTHORIZED, "The address or the password is wrong.");
    }
    UUID id = account.get().getId();
    String renewed =
        hasher.needsRehash(account.get().getPasswordHash()) ? hasher.hash(password) : null;
    return transaction.execute(
        status -> {
          if (renewed != null) {
            accounts.updatePasswordHash(id, renewed);
          }
          return issue(id, UUID.randomUUID());
        });
  }

  /**
   * Each refresh token is good for one use. A spent one that comes again was stolen, by one side or
   * the other: its family ends. The refusal is thrown behind the transaction, which it would roll
   * back.
   */
  TokenPair refresh(String refreshToken) {
    Optional<TokenPair> pair = transaction.execute(status -> rotate(Digests.sha256(refreshToken)));
    return pair.orElseThrow(
        () -> new DomainException(ErrorCode.UNAUTHORIZED, "The refresh token is not valid."));
  }

  private Optional<TokenPair> rotate(byte[] hash) {
    Instant now = clock.instant();
    Optional<RefreshToken> found = refreshTokens.lock(hash).filter(token -> token.isValidAt(now));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    RefreshToken token = found.get();
    if (token.isSpent()) {
      refreshTokens.revokeFamily(token.getFamilyId(), now);
      return Optional.empty();
    }
    token.spend(now);
    return Optional.of(issue(token.getAccountId(), token.getFamilyId()));
  }

  void logout(String refreshToken) {
    transaction.executeWithoutResult(
        status ->
            refreshTokens
                .lock(Digests.sha256(refreshToken))
                .ifPresent(
                    token -> refreshTokens.revokeFamily(token.getFamilyId(), clock.instant())));
  }

  private TokenPair issue(UUID accountId, UUID familyId) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Instant now = clock.instant();
    refreshTokens.save(
        new RefreshToken(
            accountId, familyId, Digests.sha256(token), now, now.plus(settings.refreshTtl())));
    return new TokenPair(
        accessTokens.issue(accountId), token, "Bearer", settings.accessTtl().toSeconds());
  }
}
